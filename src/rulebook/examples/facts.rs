//! From the compact facts of an example to records.

use super::Wrong;
use super::practice::STRUCTURE;
use super::practice::record;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::AppointmentFact;
use crate::domain::fact::AppointmentState;
use crate::domain::fact::CareTeamFact;
use crate::domain::fact::Clinical;
use crate::domain::fact::Coding;
use crate::domain::fact::Component;
use crate::domain::fact::ConditionFact;
use crate::domain::fact::CoverageException;
use crate::domain::fact::CoverageFact;
use crate::domain::fact::Death;
use crate::domain::fact::EncounterFact;
use crate::domain::fact::EpisodeFact;
use crate::domain::fact::EpisodeStatus;
use crate::domain::fact::Fact;
use crate::domain::fact::FlagFact;
use crate::domain::fact::Identity;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::fact::Participant;
use crate::domain::fact::PatientFact;
use crate::domain::fact::Record;
use crate::domain::fact::Sex;
use crate::domain::fact::Value;
use crate::rulebook::link::at::At;
use crate::rulebook::node::Data;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Reads facts; `systems` gives the URI of each short name of `systems/`.
pub struct Reader<'s> {
    pub systems: &'s BTreeMap<String, String>,
}

type Read<T> = Result<T, Wrong>;

impl Reader<'_> {
    /// Answers the records of an example: the patient, then each fact.
    pub fn records(&self, example: &At<'_>, day: &str) -> Read<Vec<Record>> {
        let mut records = vec![record(Kind::Patient, "p", Fact::Patient(patient(example)?))];
        if example.key("patient").is_some_and(|p| p.is_true("payable")) {
            records.extend(self.payable(day)?);
        }
        for (n, at) in example.list("facts").iter().enumerate() {
            let (kind, fact) = self.fact(at)?;
            records.push(record(kind, &format!("f{}", n + 1), fact.clone()));
            // `times`: as many alike.
            for time in 2..=at.integer_of("times").unwrap_or(1) {
                records.push(record(kind, &format!("f{}-{time}", n + 1), fact.clone()));
            }
        }
        Ok(records)
    }

    // Enrolled by contract and by declaration, and seen by the GP the day before.
    fn payable(&self, day: &str) -> Read<Vec<Record>> {
        let start = Period { start: Some(when("2020-01-01")?), end: None };
        let seen = match when(day)?.date {
            PartialDate::Day(day) => When::day(day.add_days(-1)),
            _ => return Err(Wrong::Unreadable("date".to_owned())),
        };
        let episode = EpisodeFact {
            status: EpisodeStatus::Active,
            counts: true,
            finished: false,
            types: self.codings("episode-type|mtr"),
            period: start,
            organization: Some(Named::resource(Kind::Organization, STRUCTURE)),
        };
        let team = self.team("mg", start, false);
        let encounter = self.consultation("AMB", Period { start: Some(seen), end: Some(seen) }, Some("mg"), None);
        Ok(vec![
            record(Kind::EpisodeOfCare, "contract", Fact::Episode(episode)),
            record(Kind::CareTeam, "declaration", Fact::CareTeam(team)),
            record(Kind::Encounter, "consultation", Fact::Encounter(encounter)),
        ])
    }

    fn fact(&self, at: &At<'_>) -> Read<(Kind, Fact)> {
        let Some((word, what)) = at.entries().into_iter().next() else {
            return Err(Wrong::Unreadable("facts".to_owned()));
        };
        let text = what.text();
        Ok(match word {
            "observation" => (Kind::Observation, Fact::Act(self.act(at, text)?)),
            "procedure" => (Kind::Procedure, Fact::Act(self.act(at, text)?)),
            "immunization" => (Kind::Immunization, Fact::Act(self.act(at, text)?)),
            "report" => (Kind::DiagnosticReport, Fact::Act(self.act(at, text)?)),
            "questionnaire" => (Kind::QuestionnaireResponse, Fact::Act(self.act(at, text)?)),
            "condition" => (Kind::Condition, Fact::Condition(self.condition(at, text)?)),
            "encounter" => (Kind::Encounter, Fact::Encounter(self.encounter(at, text)?)),
            "appointment" => (Kind::Appointment, Fact::Appointment(self.appointment(at, text)?)),
            "coverage" => (Kind::Coverage, Fact::Coverage(self.coverage(at, text)?)),
            "flag" => (Kind::Flag, Fact::Flag(self.flag(at, text)?)),
            "episode" => (Kind::EpisodeOfCare, Fact::Episode(self.episode(at, text)?)),
            "care_team" => (Kind::CareTeam, Fact::CareTeam(self.team(text, period(at)?, at.is_true("ended")))),
            other => return Err(Wrong::Unreadable(format!("facts: {other}"))),
        })
    }

    // `loinc|85354-9`; several separated by spaces.
    fn codings(&self, text: &str) -> Vec<Coding> {
        text.split_whitespace().map(|one| self.coding(one)).collect()
    }

    fn coding(&self, text: &str) -> Coding {
        let (system, code) = text.split_once('|').unwrap_or(("", text));
        Coding::new(self.systems.get(system).map_or(system, String::as_str), code)
    }

    fn act(&self, at: &At<'_>, codes: &str) -> Read<ActFact> {
        let reasons = self.codings(at.text_of("not_done"));
        let state = match at.text_of("status") {
            _ if !reasons.is_empty() => ActState::NotDone,
            "ignored" => ActState::Ignored,
            _ => ActState::Done,
        };
        let period = period(at)?;
        let when = date_of(at, "on")?.or(period.start);
        let components = at.list("components");
        let read = |c: &At<'_>| {
            let value = self.value(c)?;
            Ok(Component { codings: self.codings(c.text_of("code")).into(), value, absent: c.is_true("absent") })
        };
        Ok(ActFact {
            state,
            codings: self.codings(codes).into(),
            when,
            period: at.key("from").map(|_| period),
            value: self.value(at)?,
            absent: at.is_true("absent"),
            components: components.iter().map(read).collect::<Read<_>>()?,
            interpretation: self.codings(at.text_of("interpretation")),
            reference_high: decimal(at, "reference_high")?,
            reasons,
        })
    }

    fn value(&self, at: &At<'_>) -> Read<Value> {
        if let Some(value) = decimal(at, "value")? {
            let unit = Some(at.text_of("unit")).filter(|u| !u.is_empty()).map(Into::into);
            return Ok(Value::Quantity { value, unit });
        }
        if let Some(coded) = at.key("coded") {
            return Ok(Value::Coded(self.codings(coded.text())));
        }
        Ok(match at.key("boolean").map(|b| &b.node.data) {
            Some(Data::Bool(b)) => Value::Boolean(*b),
            _ => Value::None,
        })
    }

    fn condition(&self, at: &At<'_>, codes: &str) -> Read<ConditionFact> {
        Ok(ConditionFact {
            codings: self.codings(codes).into(),
            categories: self.codings(at.text_of("category")),
            clinical: match at.text_of("clinical") {
                "active" => Clinical::Active,
                "ended" => Clinical::Ended,
                _ => Clinical::Absent,
            },
            confirmed: at.text_of("verification") != "unconfirmed",
            void: false,
            onset: date_of(at, "onset")?,
            abatement: date_of(at, "abated")?,
            abated: at.key("abated").is_some(),
            recorded: date_of(at, "recorded")?,
        })
    }

    fn encounter(&self, at: &At<'_>, class: &str) -> Read<EncounterFact> {
        let start = date_of(at, "on")?;
        let who = Some(at.text_of("by")).filter(|w| !w.is_empty());
        let site = Some(at.text_of("at")).filter(|w| !w.is_empty());
        let mut found = self.consultation(class, Period { start, end: start }, who, site);
        if at.text_of("status") == "ignored" {
            found.state = ActState::Ignored;
        }
        found.types = self.codings(at.text_of("type"));
        found.reasons = self.codings(at.text_of("reason"));
        found.minutes = at.integer_of("minutes").and_then(|minutes| u32::try_from(minutes).ok());
        if let Some(second) = Some(at.text_of("and")).filter(|w| !w.is_empty()) {
            found.participants.push(practitioner(second));
        }
        Ok(found)
    }

    fn appointment(&self, at: &At<'_>, status: &str) -> Read<AppointmentFact> {
        let state = match status {
            "fulfilled" => AppointmentState::Fulfilled,
            "noshow" => AppointmentState::NoShow,
            "cancelled" => AppointmentState::Cancelled,
            "booked" => AppointmentState::Booked,
            other => return Err(Wrong::Unreadable(format!("appointment: {other}"))),
        };
        let who = Some(at.text_of("by")).filter(|w| !w.is_empty());
        Ok(AppointmentFact {
            state,
            types: self.codings(at.text_of("type")),
            start: date_of(at, "on")?,
            participants: who.map(practitioner).into_iter().collect(),
            declined: Vec::new(),
        })
    }

    fn consultation(&self, class: &str, period: Period, who: Option<&str>, site: Option<&str>) -> EncounterFact {
        EncounterFact {
            state: ActState::Done,
            class: Some(self.coding(&format!("v3-act-code|{class}"))),
            types: Vec::new(),
            reasons: Vec::new(),
            period,
            minutes: None,
            participants: who.map(practitioner).into_iter().collect(),
            service_provider: site.map(|id| Named::resource(Kind::Organization, id)),
            location: None,
        }
    }

    fn coverage(&self, at: &At<'_>, right: &str) -> Read<CoverageFact> {
        let exceptions = at.list("exceptions");
        let read = |e: &At<'_>| Ok(CoverageException { codings: self.codings(e.text_of("code")), period: period(e)? });
        Ok(CoverageFact {
            active: true,
            void: false,
            codings: self.codings(&format!("coverage-right|{right}")),
            period: period(at)?,
            exceptions: exceptions.iter().map(read).collect::<Read<_>>()?,
        })
    }

    fn flag(&self, at: &At<'_>, typologie: &str) -> Read<FlagFact> {
        let codings = self.codings(&format!("mtr-typologie|{typologie}"));
        Ok(FlagFact { active: true, void: false, codings, period: period(at)? })
    }

    // The contract, or a stay in a pathway: `episode: mtr`, or its codes.
    fn episode(&self, at: &At<'_>, kind: &str) -> Read<EpisodeFact> {
        let status = match at.text_of("status") {
            "" if at.is_true("finished") => EpisodeStatus::Finished,
            "" | "active" => EpisodeStatus::Active,
            "planned" => EpisodeStatus::Planned,
            "waitlist" => EpisodeStatus::Waitlist,
            "onhold" => EpisodeStatus::OnHold,
            "finished" => EpisodeStatus::Finished,
            "cancelled" => EpisodeStatus::Cancelled,
            _ => return Err(unreadable("status")),
        };
        let types = if kind.contains('|') { kind.to_owned() } else { format!("episode-type|{kind}") };
        Ok(EpisodeFact {
            status,
            counts: matches!(status, EpisodeStatus::Active | EpisodeStatus::OnHold | EpisodeStatus::Finished),
            finished: status == EpisodeStatus::Finished,
            types: self.codings(&types),
            period: period(at)?,
            organization: Some(Named::resource(Kind::Organization, STRUCTURE)),
        })
    }

    // The médecin traitant, declared from a day on.
    fn team(&self, who: &str, period: Period, ended: bool) -> CareTeamFact {
        let member = Participant {
            roles: self.codings("tre-r259|PCP"),
            actor: Some(Named::resource(Kind::Practitioner, who)),
            on_behalf_of: None,
            period,
        };
        CareTeamFact { counts: true, ended, period, participants: vec![member], organizations: Vec::new() }
    }
}

fn practitioner(id: &str) -> Participant {
    Participant {
        roles: Vec::new(),
        actor: Some(Named::resource(Kind::Practitioner, id)),
        on_behalf_of: None,
        period: Period::default(),
    }
}

fn patient(example: &At<'_>) -> Read<PatientFact> {
    let Some(at) = example.key("patient") else { return Err(Wrong::Unreadable("patient".to_owned())) };
    let birth = at.text_of("birth");
    let sex = match at.text_of("sex") {
        "female" => Sex::Female,
        "male" => Sex::Male,
        "other" => Sex::Other,
        _ => Sex::Unknown,
    };
    let practitioner = Some(at.text_of("general_practitioner")).filter(|p| !p.is_empty());
    Ok(PatientFact {
        birth: if birth.is_empty() { None } else { Some(birth.parse().map_err(|_| unreadable("birth"))?) },
        sex,
        death: date_of(&at, "death")?.map_or(Death::None, Death::On),
        identity: Identity {
            ins_key: at.text_of("identity") == "ins",
            pi: ["", "pi"].contains(&at.text_of("identity")),
        },
        general_practitioners: practitioner.map(|p| Named::resource(Kind::Practitioner, p)).into_iter().collect(),
        managing_organization: None,
        replaced_by: Vec::new(),
        replaces: Vec::new(),
        persons: Vec::new(),
    })
}

fn period(at: &At<'_>) -> Read<Period> {
    Ok(Period { start: date_of(at, "from")?, end: date_of(at, "to")? })
}

fn date_of(at: &At<'_>, key: &str) -> Read<Option<When>> {
    match at.text_of(key) {
        "" if at.key(key).is_some() => Err(unreadable(key)),
        "" => Ok(None),
        text => when(text).map(Some),
    }
}

// `2026-10`, `2026-10-31` or `2026-10-31T18:30`.
fn when(text: &str) -> Read<When> {
    let (date, time) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
    let date = date.parse().map_err(|_| unreadable(text))?;
    let second = match time {
        None => None,
        Some(time) => {
            let (hours, minutes) = time.split_once(':').ok_or_else(|| unreadable(text))?;
            let number = |t: &str| t.parse::<u32>().map_err(|_| unreadable(text));
            Some(number(hours)? * 3600 + number(minutes)? * 60)
        }
    };
    Ok(When { date, second })
}

fn decimal(at: &At<'_>, key: &str) -> Read<Option<Decimal>> {
    match at.key(key).map(|v| &v.node.data) {
        None => Ok(None),
        Some(Data::Integer(n)) => Ok(Some(Decimal::from(*n))),
        Some(Data::Text(text)) => text.parse().map(Some).map_err(|_| unreadable(key)),
        Some(_) => Err(unreadable(key)),
    }
}

pub(super) fn unreadable(what: &str) -> Wrong {
    Wrong::Unreadable(what.to_owned())
}
