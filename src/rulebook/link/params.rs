//! Parameters: dated, sourced values, and the references rules make to them.

use super::super::Reading;
use super::At;
use super::Linker;
use crate::domain::calendar::Day;
use crate::domain::money::Centimes;
use crate::domain::param::DatedValue;
use crate::domain::param::Param;
use crate::domain::param::ParamId;
use crate::domain::param::ParamValue;
use crate::domain::verdict::RuleStatus;
use crate::rulebook::error::Fault;
use crate::rulebook::node::Data;
use rust_decimal::Decimal;

/// What a parameter holds, told by its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    Number,
    Amount,
    Word,
    /// A word of the form `MM-DD`.
    MonthDay,
    Day,
}

impl ParamKind {
    fn of(unit: &str) -> ParamKind {
        match unit {
            "EUR" => ParamKind::Amount,
            "word" => ParamKind::Word,
            "month-day" => ParamKind::MonthDay,
            "date" => ParamKind::Day,
            _ => ParamKind::Number,
        }
    }

    fn in_words(self) -> (&'static str, &'static str) {
        match self {
            ParamKind::Number => ("un nombre", "a number"),
            ParamKind::Amount => ("un montant en EUR", "an amount in EUR"),
            ParamKind::Word => ("un mot", "a word"),
            ParamKind::MonthDay => ("un jour MM-JJ", "a day MM-DD"),
            ParamKind::Day => ("une date", "a date"),
        }
    }
}

impl<'f> Linker<'f> {
    pub(super) fn parameters(&mut self) {
        for file in self.files {
            let root = At::root(&file.path, &file.tree);
            let Some(parameters) = root.key("parameters") else { continue };
            for (name, at) in parameters.entries() {
                self.parameter(&at, name);
            }
        }
    }

    fn parameter(&mut self, at: &At<'f>, name: &str) {
        let kind = ParamKind::of(at.text_of("unit"));
        let id: Box<str> = format!("{}.{name}", at.scope).into();
        let dated = at.list("values");
        let values: Vec<DatedValue> = dated.iter().filter_map(|v| self.dated_value(v, kind)).collect();
        self.check_order(&dated);
        self.param_kinds.push(kind);
        self.param_places.push(at.clone());
        let (label_fr, unit) = (at.text_of("label_fr").into(), at.text_of("unit").into());
        let param = self.params.push(Param { id: id.clone(), label_fr, unit, values });
        self.param_ids.insert(id, param);
    }

    fn dated_value(&mut self, at: &At<'f>, kind: ParamKind) -> Option<DatedValue> {
        let status = RuleStatus::from_code(at.text_of("status"))?;
        let Ok(from) = at.text_of("from").parse::<Day>() else {
            let fault = Fault::new("bad-date", "cette date n’existe pas", "this date does not exist");
            self.blame(&at.key("from").unwrap_or_else(|| at.clone()), fault);
            return None;
        };
        let written = at.key("value")?;
        if self.reading == Reading::New
            && kind == ParamKind::Amount
            && let Some(fault) = amount_fault(&written.node.data)
        {
            self.blame(&written, fault);
        }
        let value = match read_value(&written.node.data, kind) {
            Ok(value) => value,
            Err(fault) => {
                self.blame(&written, fault);
                return None;
            }
        };
        if status == RuleStatus::Unknown && value.is_some() {
            let fault = Fault::new(
                "unknown-with-value",
                "un paramètre inconnu n’a pas de valeur : écrivez null",
                "an unknown parameter has no value: write null",
            );
            self.blame(&written, fault);
        }
        Some(DatedValue { from, value, status, source: at.text_of("source").into() })
    }

    // Dates strictly ascend; an end of validity in the middle would leave a hole.
    fn check_order(&mut self, dated: &[At<'f>]) {
        for pair in dated.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            if before.text_of("from") >= after.text_of("from") {
                let fault = Fault::new(
                    "dates-disorder",
                    "les dates de début doivent croître strictement",
                    "start dates must strictly ascend",
                );
                self.blame(&after.key("from").unwrap_or_else(|| after.clone()), fault);
            }
            let ended = before.key("value").filter(|v| matches!(v.node.data, Data::Null));
            if let Some(value) = ended.filter(|_| before.text_of("status") != "unknown") {
                let fault = Fault::new(
                    "hole-in-values",
                    "une fin de validité suivie d’une autre valeur laisse un trou : dites-le inconnu ou supprimez-la",
                    "an end of validity before another value leaves a hole: say it is unknown, or remove it",
                );
                self.blame(&value, fault);
            }
        }
    }

    /// Answers the parameter named under a key, `None` when the key is absent or the name is not known.
    pub(super) fn param(&mut self, at: &At<'f>, key: &str, kind: ParamKind) -> Option<ParamId> {
        let at = at.key(key)?;
        self.param_at(&at, kind)
    }

    pub(super) fn number(&mut self, at: &At<'f>, key: &str) -> Option<ParamId> {
        self.param(at, key, ParamKind::Number)
    }

    pub(super) fn param_at(&mut self, at: &At<'f>, kind: ParamKind) -> Option<ParamId> {
        let name = at.text();
        let id = if name.contains('.') { name.to_owned() } else { format!("{}.{name}", at.scope) };
        let Some(&found) = self.param_ids.get(id.as_str()) else {
            self.blame_unknown_param(at, name);
            return None;
        };
        let is = self.param_kinds[usize::from(found.0)];
        if is != kind {
            let ((fr, en), (is_fr, is_en)) = (kind.in_words(), is.in_words());
            let fault = Fault::new(
                "parameter-of-wrong-kind",
                format!("{fr} est attendu, « {name} » est {is_fr}"),
                format!("{en} is expected, \"{name}\" is {is_en}"),
            );
            self.blame(at, fault);
        }
        Some(found)
    }

    /// Answers a parameter that holds one of a few words; any other word is blamed where it is written.
    pub(super) fn word_among(&mut self, at: &At<'f>, key: &str, words: &[&str]) -> Option<ParamId> {
        let found = self.param(at, key, ParamKind::Word)?;
        for written in self.written_values(found) {
            let Some(word) = written.node.text().filter(|word| !words.contains(word)) else { continue };
            let fault = Fault::unknown("unknown-word", ("mot", "word"), word, words.iter().copied());
            self.blame(&written, fault);
        }
        Some(found)
    }

    /// Answers a parameter that counts something: whole, not negative.
    pub(super) fn count(&mut self, at: &At<'f>, key: &str) -> Option<ParamId> {
        let at = at.key(key)?;
        self.count_at(&at)
    }

    /// Answers the same for a name written here.
    pub(super) fn count_at(&mut self, at: &At<'f>) -> Option<ParamId> {
        let found = self.param_at(at, ParamKind::Number)?;
        for written in self.written_values(found) {
            let whole = match &written.node.data {
                Data::Integer(n) => u16::try_from(*n).is_ok(),
                Data::Text(text) => text.parse::<u16>().is_ok(),
                _ => true,
            };
            if !whole {
                let fault =
                    Fault::new("bad-value", "un nombre entier est attendu ici", "a whole number is expected here");
                self.blame(&written, fault);
            }
        }
        Some(found)
    }

    /// Answers where the values of a parameter are written, dates and sources left aside.
    fn written_values(&self, id: ParamId) -> Vec<At<'f>> {
        let place = &self.param_places[usize::from(id.0)];
        place.list("values").iter().filter_map(|dated| dated.key("value")).collect()
    }

    fn blame_unknown_param(&mut self, at: &At<'f>, name: &str) {
        let file = name.split_once('.').map_or(at.scope, |(file, _)| file);
        if self.left_out.contains(file) {
            return;
        }
        let prefix = format!("{}.", at.scope);
        let known: Vec<&str> = self
            .param_ids
            .keys()
            .filter_map(|k| if name.contains('.') { Some(&**k) } else { k.strip_prefix(prefix.as_str()) })
            .collect();
        let fault = Fault::unknown("unknown-parameter", ("paramètre", "parameter"), name, known);
        self.blame(at, fault);
    }
}

/// Answers the value written here, as the unit of its parameter says; `None` for an explicit null.
pub fn read_as(data: &Data, unit: &str) -> Result<Option<ParamValue>, Fault> {
    read_value(data, ParamKind::of(unit))
}

fn read_value(data: &Data, kind: ParamKind) -> Result<Option<ParamValue>, Fault> {
    let value = match (data, kind) {
        (Data::Null, _) => return Ok(None),
        (Data::Integer(_) | Data::Float(_), ParamKind::Amount) => {
            return Err(Fault::new(
                "amount-not-string",
                "un montant s’écrit entre guillemets (\"12.50\")",
                "an amount is written in quotes (\"12.50\")",
            ));
        }
        (Data::Integer(n), ParamKind::Number) => Some(ParamValue::Number(Decimal::from(*n))),
        (Data::Text(text), ParamKind::Number) => text.parse().ok().map(ParamValue::Number),
        (Data::Text(text), ParamKind::Amount) => {
            text.parse().ok().and_then(Centimes::from_euros).map(ParamValue::Amount)
        }
        (Data::Text(text), ParamKind::Word) => Some(ParamValue::Word(text.as_str().into())),
        (Data::Text(text), ParamKind::MonthDay) => {
            // 2023 is a common year: 29 February would start no campaign three years out of four.
            format!("2023-{text}").parse::<Day>().ok().map(|_| ParamValue::Word(text.as_str().into()))
        }
        (Data::Text(text), ParamKind::Day) => text.parse().ok().map(ParamValue::Day),
        _ => None,
    };
    value.map(Some).ok_or_else(|| {
        let (fr, en) = kind.in_words();
        Fault::new("bad-value", format!("{fr} est attendu ici"), format!("{en} is expected here"))
    })
}

/// Answers what is wrong with an amount that is paid: it is told to the centime, and not taken from whom it is
/// paid to.
fn amount_fault(data: &Data) -> Option<Fault> {
    let Data::Text(text) = data else { return None };
    let euros = text.parse::<Decimal>().ok()?;
    if euros.is_sign_negative() && !euros.is_zero() {
        let (fr, en) = ("un montant n’est pas négatif", "an amount is not negative");
        return Some(Fault::new("amount-negative", fr, en));
    }
    let too_fine =
        || Fault::new("amount-too-fine", "un montant s’arrête au centime", "an amount ends with the centime");
    (euros.normalize().scale() > 2).then(too_fine)
}
