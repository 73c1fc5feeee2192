//! Lines as Parquet: a typed column each, in row groups of a fixed number of lines.
//!
//! The same lines give the same bytes: nothing of the moment or of the machine is written, and where a
//! row group ends depends on the lines alone. Not compressed, so that every reader reads it: columns
//! that repeat themselves are kept as dictionaries.

use super::line::{COLUMNS, Cell, Holds, Line, Presence};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::sync::Arc;

/// Lines of one row group: what is kept in memory until it is written.
const GROUP: usize = 16_384;
/// Digits of an amount, two of them decimals.
const DIGITS: i32 = 18;

/// What one column holds of the row group under way.
struct Gathered {
    present: Vec<i16>,
    values: Values,
}

enum Values {
    Text(Vec<ByteArray>),
    Number(Vec<i64>),
    Flag(Vec<bool>),
}

/// A file under way.
pub(super) struct Columnar {
    file: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Gathered>,
    lines: usize,
}

impl Columnar {
    pub fn new() -> Result<Columnar, ParquetError> {
        let fields = COLUMNS.iter().map(|column| {
            let (physical, logical) = match column.holds {
                Holds::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Holds::Money => (Physical::INT64, Some(LogicalType::decimal(2, DIGITS))),
                Holds::Integer => (Physical::INT64, None),
                Holds::Flag => (Physical::BOOLEAN, None),
                Holds::Instant => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            };
            let (precision, scale) = if column.holds == Holds::Money { (DIGITS, 2) } else { (-1, -1) };
            let repetition = match column.presence {
                Presence::Always => Repetition::REQUIRED,
                Presence::Sometimes => Repetition::OPTIONAL,
            };
            Type::primitive_type_builder(column.name, physical)
                .with_logical_type(logical)
                .with_precision(precision)
                .with_scale(scale)
                .with_repetition(repetition)
                .build()
                .map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("lines").with_fields(fields).build()?;
        // The name alone: a version in it would make other bytes of the same lines.
        let properties = WriterProperties::builder().set_created_by("mtr-gateway".to_owned()).build();
        let file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
        Ok(Columnar { file, columns: gather(), lines: 0 })
    }

    /// Adds a line; a row group that is full is written.
    pub fn line(&mut self, line: &Line<'_>) -> Result<(), ParquetError> {
        for (column, gathered) in COLUMNS.iter().zip(&mut self.columns) {
            gathered.add((column.value)(line));
        }
        self.lines += 1;
        if self.lines == GROUP { self.write_group() } else { Ok(()) }
    }

    /// Hands over the bytes written since the last time.
    pub fn take(&mut self) -> Result<Vec<u8>, ParquetError> {
        self.file.flush()?;
        Ok(std::mem::take(self.file.inner_mut()))
    }

    /// Writes what is left and the end of the file, and hands over the bytes not yet taken.
    pub fn finish(mut self) -> Result<Vec<u8>, ParquetError> {
        if self.lines > 0 {
            self.write_group()?;
        }
        self.file.into_inner()
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let columns = std::mem::replace(&mut self.columns, gather());
        self.lines = 0;
        let mut group = self.file.next_row_group()?;
        for (column, gathered) in COLUMNS.iter().zip(columns) {
            let Some(writer) = group.next_column()? else { break };
            let levels = (column.presence == Presence::Sometimes).then_some(&*gathered.present);
            write(writer, &gathered.values, levels)?;
        }
        group.close().map(|_| ())
    }
}

fn gather() -> Vec<Gathered> {
    let values = |holds| match holds {
        Holds::Text => Values::Text(Vec::new()),
        Holds::Money | Holds::Integer | Holds::Instant => Values::Number(Vec::new()),
        Holds::Flag => Values::Flag(Vec::new()),
    };
    COLUMNS.iter().map(|column| Gathered { present: Vec::new(), values: values(column.holds) }).collect()
}

impl Gathered {
    fn add(&mut self, cell: Cell<'_>) {
        self.present.push(i16::from(cell != Cell::Empty));
        match (&mut self.values, cell) {
            (Values::Text(texts), Cell::Text(text)) => texts.push(text.as_bytes().to_vec().into()),
            (Values::Number(numbers), Cell::Money(amount)) => numbers.push(amount.0),
            (Values::Number(numbers), Cell::Integer(number)) => numbers.push(number),
            (Values::Number(numbers), Cell::Instant(instant)) => numbers.push(instant.0),
            (Values::Flag(flags), Cell::Flag(flag)) => flags.push(flag),
            // A cell of another type than its column's would be a line too few: the writer refuses it.
            _ => {}
        }
    }
}

fn write(mut writer: SerializedColumnWriter<'_>, values: &Values, levels: Option<&[i16]>) -> Result<(), ParquetError> {
    match values {
        Values::Text(texts) => writer.typed::<ByteArrayType>().write_batch(texts, levels, None)?,
        Values::Number(numbers) => writer.typed::<Int64Type>().write_batch(numbers, levels, None)?,
        Values::Flag(flags) => writer.typed::<BoolType>().write_batch(flags, levels, None)?,
    };
    writer.close()
}
