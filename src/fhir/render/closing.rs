//! What closing a month would do, or did, as Parameters: totals per line, what speaks against it, what
//! to look at. Patients are named by reference only.

use super::{money, parameters, part};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::statement::Tally;
use serde_json::{Value, json};

/// A month as it would be closed.
pub struct ClosingView<'a> {
    pub structure: &'a str,
    pub month: Month,
    pub tariff: &'a str,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: &'a str,
    pub known_at: Instant,
    pub tally: &'a Tally,
    pub blocking: &'a [CaseView<'a>],
    pub doubtful: &'a [CaseView<'a>],
}

/// Something to look at: its code, the patient it is about, the parameter or datum it is about.
pub struct CaseView<'a> {
    pub code: &'a str,
    pub patient: Option<&'a str>,
    pub about: Option<&'a str>,
}

impl CaseView<'_> {
    /// Answers whether a patient-month has no known amount for it: totals are then without it.
    fn leaves_amount_open(&self) -> bool {
        leaves_amount_open(self.code)
    }
}

/// Answers whether a blocking case of that code leaves an amount unknown, which no total holds.
pub fn leaves_amount_open(code: &str) -> bool {
    matches!(code, "amount-unknown" | "fact-missing" | "tariff-unknown")
}

/// Answers the Parameters of a dry run.
pub fn closing(view: &ClosingView<'_>) -> Value {
    let tally = view.tally;
    let mut parts = vec![
        part("month", "valueString", view.month.to_string()),
        part("tariff", "valueString", view.tariff),
        part("rulebook", "valueString", view.rulebook),
        part("knownAt", "valueInstant", view.known_at.to_string()),
        part("closable", "valueBoolean", view.blocking.is_empty()),
        part("weakestStatus", "valueCode", tally.status.code()),
        part("fictional", "valueBoolean", tally.fictional),
    ];
    parts.extend(totals(tally));
    if view.blocking.iter().any(CaseView::leaves_amount_open) {
        parts.push(part("partial", "valueBoolean", true));
    }
    parts.extend(view.blocking.iter().map(|case| case_part("blocking", case)));
    parts.extend(view.doubtful.iter().map(|case| case_part("doubtful", case)));
    parameters(parts)
}

/// Answers the totals of rows as parts: patients, lines, each line's count and sum, refusals, total.
pub fn totals(tally: &Tally) -> Vec<Value> {
    let mut parts = vec![
        part("patients", "valueInteger", tally.patients),
        part("payable", "valueInteger", tally.payable),
        part("lines", "valueInteger", tally.count),
    ];
    for line in &tally.lines {
        parts.push(json!({"name": "line", "part": [
            part("code", "valueCode", &*line.code),
            part("display", "valueString", &*line.label_fr),
            part("count", "valueInteger", line.count),
            {"name": "sum", "valueMoney": money(line.sum)},
        ]}));
    }
    for (reason, patients) in &tally.refused {
        parts.push(json!({"name": "refused", "part": [
            part("reason", "valueCode", &**reason), part("patients", "valueInteger", *patients)]}));
    }
    parts.push(json!({"name": "total", "valueMoney": money(tally.total)}));
    parts
}

fn case_part(name: &str, case: &CaseView<'_>) -> Value {
    let mut parts = vec![part("code", "valueCode", case.code)];
    if let Some(patient) = case.patient {
        parts.push(json!({"name": "patient", "valueReference": {"reference": format!("Patient/{patient}")}}));
    }
    parts.extend(case.about.map(|about| part("about", "valueString", about)));
    json!({"name": name, "part": parts})
}
