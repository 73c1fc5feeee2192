//! The words of an explanation, in French first and in English.
//!
//! Names of typologies, lines and parameters stay French in both: they are French things.

use super::Cut;
use super::Explanation;
use super::ParameterUse;
use super::Step;
use super::Subject;
use crate::domain::enrolment::NotPayable;
use crate::domain::forfait::FmtTreatment;
use crate::domain::forfait::PricingError;
use crate::domain::merge;
use crate::domain::money::Centimes;
use crate::domain::param::ParamValue;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use std::fmt::Write;

/// A language in which people read an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Fr,
    En,
}

impl Language {
    pub(crate) fn pick<'t>(self, fr: &'t str, en: &'t str) -> &'t str {
        match self {
            Language::Fr => fr,
            Language::En => en,
        }
    }

    /// French puts a space before the colon.
    pub(crate) fn colon(self) -> &'static str {
        match self {
            Language::Fr => "\u{a0}: ",
            Language::En => ": ",
        }
    }

    pub(crate) fn amount(self, amount: Centimes) -> String {
        match self {
            Language::Fr => format!("{}\u{a0}€", amount.to_string().replace('.', ",")),
            Language::En => format!("EUR {amount}"),
        }
    }

    pub fn verdict(self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Yes => self.pick("oui", "yes"),
            Verdict::No => self.pick("non", "no"),
            Verdict::Unknown => self.pick("inconnu", "unknown"),
        }
    }

    pub(crate) fn truth(self, truth: bool) -> &'static str {
        self.verdict(Verdict::of(truth))
    }

    fn status(self, status: RuleStatus) -> &'static str {
        match status {
            RuleStatus::Official => self.pick("officiel", "official"),
            RuleStatus::Fallback => self.pick("repli sur un texte français", "French fallback text"),
            RuleStatus::Interpretation => self.pick("interprétation", "interpretation"),
            RuleStatus::Unknown => self.pick("inconnu", "unknown"),
            RuleStatus::Fictional => self.pick("fictif", "fictional"),
        }
    }

    pub(crate) fn reason(self, reason: NotPayable) -> &'static str {
        match reason {
            NotPayable::Merged => self.pick(
                "ce dossier a été fusionné dans un autre, qui est payé",
                "this record was merged into another, which is paid",
            ),
            NotPayable::Deceased => self.pick("le patient est décédé", "the patient is deceased"),
            NotPayable::IdentityMissing => {
                self.pick("aucun identifiant utilisable (INS ou IPP)", "no usable identifier (INS or IPP)")
            }
            NotPayable::NotEnrolled => self.pick(
                "le patient n’est pas inscrit dans la structure ce mois-ci",
                "the patient is not enrolled in the structure that month",
            ),
            NotPayable::ProfessionUnknown => self.pick(
                "la profession du soignant consulté est inconnue",
                "the profession of the practitioner consulted is unknown",
            ),
            NotPayable::NotConsuming => self.pick(
                "aucune consultation d’un généraliste ou d’une sage-femme de la structure dans la période",
                "no consultation with a GP or midwife of the structure in the window",
            ),
            NotPayable::DeathDatePartial => self.pick(
                "la date de décès est incomplète, on ne sait pas si le patient vivait",
                "the date of death is partial, nobody can tell whether the patient was alive",
            ),
            NotPayable::PaidElsewhere => self.pick(
                "le mois est payé à une autre structure, une personne n’étant payée qu’une fois",
                "the month is paid to another structure: a person is paid once",
            ),
            NotPayable::Deleted => {
                self.pick("le dossier du patient a été supprimé", "the patient's record was deleted")
            }
        }
    }

    fn doubt(self, code: &str) -> String {
        let told = match code {
            "undated-death" => self.pick("décès signalé sans date", "death told without a date"),
            "death-date-partial" => self.pick("date de décès incomplète", "partial date of death"),
            "undated-exit" => self.pick("sortie de la structure sans date", "leaving told without a date"),
            "declared-only" => self.pick("typologie payée sur seule déclaration", "typology paid on declaration alone"),
            "undated-declaration-end" => self.pick("déclaration close sans date", "declaration ended without a date"),
            "declaration-date-partial" => self.pick("date de déclaration incomplète", "partial date of declaration"),
            "undated-condition-end" => {
                self.pick("problème résolu sans date de fin", "condition resolved without a date")
            }
            "merged-record-deceased" => {
                self.pick("décès signalé dans un dossier fusionné seulement", "death told in a merged record only")
            }
            merge::AMBIGUOUS => self.pick("fusionné dans plusieurs patients", "merged into several patients"),
            merge::CYCLE => self.pick("fusions en cercle", "merged in a circle"),
            merge::UNKNOWN => self.pick("fusionné dans un patient inconnu", "merged into an unknown patient"),
            merge::INCOMPLETE => self.pick("trop de dossiers fusionnés", "too many merged records"),
            other => other,
        };
        told.to_owned()
    }
}

impl Explanation {
    /// Answers the explanation as lines of text, one step each.
    pub fn text(&self, language: Language) -> String {
        let mut out = String::new();
        let title = language.pick("Forfait du mois", "Forfait of the month");
        let _ = writeln!(out, "{title} {}", self.month);
        for step in &self.steps {
            out.push_str(&sentence(step, language));
            out.push_str(&grounds(step, language));
            out.push('\n');
        }
        if !self.doubtful.is_empty() {
            let told: Vec<String> = self.doubtful.iter().map(|code| language.doubt(code)).collect();
            let title = language.pick("À vérifier avant clôture", "To check before closing");
            let _ = writeln!(out, "{title}{}{}.", language.colon(), told.join(", "));
        }
        if self.fictional {
            out.push_str(language.pick(
                "Attention\u{a0}: montants fictifs, inventés pour la démonstration.\n",
                "Caution: fictional amounts, invented for demonstration.\n",
            ));
        }
        out
    }
}

fn sentence(step: &Step, language: Language) -> String {
    let label = heading(step, language);
    let said = step.verdict.map(|verdict| language.verdict(verdict)).unwrap_or_default();
    let amount = step.amount.map(|amount| language.amount(amount)).unwrap_or_default();
    let colon = language.colon();
    match &step.about {
        Subject::Alive | Subject::Identity | Subject::Enrolment | Subject::Consommant => {
            format!("{label}{colon}{said}.")
        }
        Subject::Payable(None) => format!("{label}{colon}{said}."),
        Subject::Payable(Some(reason)) => {
            let told = format!("{} ({})", language.reason(*reason), reason.code());
            format!("{label}{colon}{said}, {told}.")
        }
        Subject::Typologie { declared, paid, declared_only } => {
            let alone =
                if *declared_only { language.pick(" (sur seule déclaration)", " (on declaration alone)") } else { "" };
            let (eligible, told, due) = match language {
                Language::Fr => ("éligible", "déclarée", "payée"),
                Language::En => ("eligible", "declared", "paid"),
            };
            let (declared, paid) = (language.truth(*declared), language.truth(*paid));
            format!("{label}{colon}{eligible} {said}, {told} {declared}, {due} {paid}{alone}.")
        }
        Subject::FmtPart | Subject::FmtAdvance(_) | Subject::Total | Subject::ToPay => {
            format!("{label}{colon}{amount}.")
        }
        Subject::Line { declared_only, cut, .. } => {
            let alone =
                if *declared_only { language.pick(" (sur seule déclaration)", " (on declaration alone)") } else { "" };
            let cut = cut.as_ref().map(|cut| removed(cut, language)).unwrap_or_default();
            format!("{label}{colon}{amount}{alone}.{cut}")
        }
        Subject::Fmt(FmtTreatment::Included) => {
            format!("{label}{colon}{}.", language.pick("compris dans le forfait", "included in the forfait"))
        }
        Subject::Fmt(FmtTreatment::OnTop) => {
            format!(
                "{label}{colon}{}.",
                language.pick("versé en sus, hors de ce total", "paid on top, outside this total")
            )
        }
        Subject::FmtYear { partial: false, .. } => format!("{label}{colon}{amount}."),
        Subject::FmtYear { unknown_indicators, .. } => {
            let words = language.pick("partiel, indicateurs inconnus", "partial, unknown indicators");
            format!("{label}{colon}{amount} ({words}{colon}{}).", unknown_indicators.join(", "))
        }
        Subject::Unpriced(error) => format!("{label}{colon}{}.", unpriced(error, language)),
    }
}

/// What the cap took back, and of what.
fn removed(cut: &Cut, language: Language) -> String {
    let lines: Vec<String> =
        cut.lines.iter().map(|line| format!("{} {}", line.label_fr, language.amount(line.amount))).collect();
    let lines = lines.join(" + ");
    let (before, limit, taken) =
        (language.amount(cut.before), language.amount(cut.limit), language.amount(cut.removed));
    match language {
        Language::Fr => format!(" Le plafond est de {limit}\u{a0}: {lines} = {before}, il en retire {taken}."),
        Language::En => format!(" The cap is {limit}: {lines} = {before}, it takes back {taken}."),
    }
}

fn heading(step: &Step, language: Language) -> String {
    let english = match &step.about {
        Subject::FmtAdvance(month) => &*format!("Advance of {month}, taken off the balance"),
        Subject::Alive => "Alive during the month",
        Subject::Identity => "Usable identity (INS or IPP)",
        Subject::Enrolment => "Enrolled in the structure",
        Subject::Consommant => "Patient consommant (seen within the window)",
        Subject::Payable(_) if &*step.rule == "payable" => "Month payable",
        Subject::Payable(_) => "Payable on 31 December of the year before",
        Subject::Fmt(_) => "FMT (Forfait médecin traitant)",
        Subject::FmtYear { .. } => "FMT of the year",
        Subject::Total => "Total of the month",
        Subject::ToPay => "To be paid, adjustments of closed months included",
        Subject::Unpriced(_) => "Amount",
        Subject::Typologie { .. } | Subject::Line { .. } | Subject::FmtPart => &step.label_fr,
    };
    let name = language.pick(&step.label_fr, english);
    match &step.about {
        Subject::Typologie { .. } => format!("Typologie «\u{a0}{name}\u{a0}»"),
        Subject::Line { .. } => format!("{} «\u{a0}{name}\u{a0}»", language.pick("Ligne", "Line")),
        Subject::FmtPart => format!("{} «\u{a0}{name}\u{a0}»", language.pick("Part annuelle", "Annual part")),
        _ => name.to_owned(),
    }
}

fn unpriced(error: &PricingError, language: Language) -> String {
    match (error, language) {
        (PricingError::AmountUnknown { param, month }, Language::Fr) => {
            format!("aucune valeur connue du paramètre {param} en {month}")
        }
        (PricingError::AmountUnknown { param, month }, Language::En) => {
            format!("no known value of parameter {param} in {month}")
        }
        (PricingError::FactMissing { missing, .. }, Language::Fr) => format!("il manque une donnée ({missing})"),
        (PricingError::FactMissing { missing, .. }, Language::En) => format!("a datum is missing ({missing})"),
        (PricingError::UnknownTariff, Language::Fr) => "tarif inconnu".to_owned(),
        (PricingError::UnknownTariff, Language::En) => "unknown tariff".to_owned(),
    }
}

/// What a step rests on: status, parameters, evidence, what is missing.
fn grounds(step: &Step, language: Language) -> String {
    let mut out = String::new();
    let colon = language.colon();
    if !step.parameters.is_empty() {
        let told: Vec<String> = step.parameters.iter().map(|used| parameter(used, language)).collect();
        let title = language.pick("Paramètres", "Parameters");
        let _ = write!(out, " {title}{colon}{}.", told.join("\u{a0}; "));
    }
    if !step.evidence.is_empty() {
        let cited = step.evidence.iter().map(|e| format!("{}/{}/_history/{}", e.kind.name(), e.id, e.version));
        let title = language.pick("Preuves", "Evidence");
        let _ = write!(out, " {title}{colon}{}.", cited.collect::<Vec<_>>().join(", "));
    }
    if !step.missing.is_empty() {
        let told = step.missing.iter().map(|m| match language {
            Language::Fr => m.label_fr.to_string(),
            Language::En => m.code.to_string(),
        });
        let title = language.pick("Manque", "Missing");
        let _ = write!(out, " {title}{colon}{}.", told.collect::<Vec<_>>().join(", "));
    }
    if step.status != RuleStatus::Official {
        let title = language.pick("Statut de la règle", "Status of the rule");
        let _ = write!(out, " {title}{colon}{}.", language.status(step.status));
    }
    out
}

fn parameter(used: &ParameterUse, language: Language) -> String {
    let value = match &used.value {
        None => language.pick("inconnu", "unknown").to_owned(),
        Some(ParamValue::Number(number)) => with_unit(&decimal(&number.to_string(), language), &used.unit, language),
        Some(ParamValue::Amount(amount)) => language.amount(*amount),
        Some(ParamValue::Word(word)) => word.to_string(),
        Some(ParamValue::Day(day)) => day.to_string(),
    };
    let since = match used.from {
        // A value in force since 1900 has always been so: the date would say nothing.
        Some(from) if from.year() <= 1900 => format!("{}, ", language.pick("de tout temps", "at all times")),
        Some(from) => format!("{} {from}, ", language.pick("depuis le", "since")),
        None => String::new(),
    };
    let source = match &*used.source {
        "" => String::new(),
        source => format!(", source{}{source}", language.colon()),
    };
    format!("{} ({}) = {value} ({since}{}{source})", used.label_fr, used.id, language.status(used.status))
}

fn decimal(number: &str, language: Language) -> String {
    match language {
        Language::Fr => number.replace('.', ","),
        Language::En => number.to_owned(),
    }
}

pub(crate) fn with_unit(value: &str, unit: &str, language: Language) -> String {
    let unit = match unit {
        // The number of a month names it: it counts nothing. A unit in braces is none of nature's.
        "" | "month" | "count" => return value.to_owned(),
        braced if braced.starts_with('{') => return value.to_owned(),
        "years" if value == "1" => language.pick("an", "year"),
        "years" => language.pick("ans", "years"),
        "months" => language.pick("mois", "months"),
        "days" if value == "1" => language.pick("jour", "day"),
        "days" => language.pick("jours", "days"),
        other => other,
    };
    format!("{value}\u{a0}{unit}")
}
