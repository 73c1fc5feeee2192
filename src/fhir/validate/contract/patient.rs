//! Patient: rules P1 to P4 and the advice on INS identities.
//!
//! Sources: référentiel INS; FR Core fr-core-patient-ins (fr-core-2). A checksum is never an error:
//! official examples fail it.

use super::View;
use super::items;
use super::text;
use crate::domain::calendar::PartialDate;
use crate::fhir::identity;
use crate::fhir::identity::IdentityStatus;
use crate::fhir::identity::InsSystem;
use crate::fhir::identity::Reading;
use crate::fhir::identity::Role;
use crate::fhir::identity::Typed;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::validate::Mode;
use crate::fhir::validate::faults::Faults;
use crate::fhir::validate::walk::ends_before;

/// Nobody has lived longer.
const MAX_AGE: i16 = 130;

pub fn check(view: &View<'_>, faults: &mut Faults) {
    let birth = view.text("birthDate").and_then(|t| t.parse::<PartialDate>().ok());
    life(view, birth, faults);
    match view.text("gender") {
        None if view.get("gender").is_none() => view.say(faults, &issues::PAT_GENDER_MISSING, "gender"),
        Some("other") => view.say(faults, &issues::PAT_GENDER_OTHER, "gender"),
        _ => {}
    }
    identifiers(view, birth, faults);
}

/// Birth and death in the order and the limits of a life.
fn life(view: &View<'_>, birth: Option<PartialDate>, faults: &mut Faults) {
    if let Some(birth) = birth {
        if birth.earliest() > view.scope.today {
            view.say(faults, &issues::PAT_BIRTH_FUTURE, "birthDate");
        } else if birth.latest().age_at(view.scope.today) > MAX_AGE {
            let limit = MAX_AGE.to_string();
            faults.add(Issue::new(&issues::PAT_BIRTH_TOO_OLD, view.at("birthDate"), &[&limit]));
        }
    }
    let Some(death) = view.text("deceasedDateTime") else { return };
    if view.is_future(death) {
        view.say(faults, &issues::PAT_DEATH_FUTURE, "deceased");
    } else if view.text("birthDate").is_some_and(|b| ends_before(b, death)) {
        view.say(faults, &issues::PAT_DEATH_BEFORE_BIRTH, "deceased");
    }
}

fn identifiers(view: &View<'_>, birth: Option<PartialDate>, faults: &mut Faults) {
    let status = identity::identity_status(view.resource);
    let readings = identity::readings(view.resource, status);
    let usable = readings.iter().any(|r| identity::key_of(r, status).is_some());
    if !usable {
        view.say(faults, &issues::PAT_IDENTITY_MISSING, "identifier");
    }
    if readings.iter().filter(|r| r.official).count() > 1 {
        view.say(faults, &issues::PAT_TWO_OFFICIAL, "identifier");
    }
    let mut national = false;
    for reading in &readings {
        match reading.role {
            Role::Ins { system, typed } => {
                national = true;
                ins(view, reading, system, typed, faults);
                contradictions(view, reading, birth, faults);
                identity_told(view, reading, status, faults);
            }
            Role::Billing => add(view, faults, &issues::PAT_NSS_NOT_KEY, reading, ""),
            Role::Pi if reading.system.is_none() || reading.value.is_none() => {
                add(view, faults, &issues::PAT_PI_INCOMPLETE, reading, "");
            }
            Role::Pi | Role::Local | Role::Other => {}
        }
    }
    if national && !has_birth_place(view) {
        view.say(faults, &issues::PAT_BIRTHPLACE_MISSING, "extension");
    }
}

fn add(
    view: &View<'_>,
    faults: &mut Faults,
    kind: &'static crate::fhir::issue::IssueKind,
    reading: &Reading<'_>,
    member: &str,
) {
    faults.add(Issue::new(kind, format!("{}.identifier[{}]{member}", view.kind.name(), reading.index), &[]));
}

fn ins(view: &View<'_>, reading: &Reading<'_>, system: InsSystem, typed: Typed, faults: &mut Faults) {
    if system.is_fictitious() && view.scope.mode == Mode::Production {
        add(view, faults, &issues::PAT_TEST_INS, reading, ".system");
    }
    if typed == Typed::No {
        add(view, faults, &issues::PAT_INS_UNTYPED, reading, ".type");
    }
    match reading.value.map(identity::ins_number) {
        Some(Some(number)) if identity::ins_key_agrees(&number) == Some(false) => {
            add(view, faults, &issues::PAT_INS_KEY, reading, ".value");
        }
        Some(Some(_)) => {}
        Some(None) | None => add(view, faults, &issues::PAT_INS_SHAPE, reading, ".value"),
    }
}

fn identity_told(view: &View<'_>, reading: &Reading<'_>, status: IdentityStatus, faults: &mut Faults) {
    match status {
        // One that is no key for another reason is not taken as one.
        IdentityStatus::Absent if identity::key_of(reading, status).is_none() => {}
        IdentityStatus::Absent => add(view, faults, &issues::PAT_STATUS_ABSENT, reading, ""),
        IdentityStatus::Other => add(view, faults, &issues::PAT_STATUS_NOT_VALID, reading, ""),
        IdentityStatus::Valid => {}
    }
}

/// The first digits of a number say sex, year and month of birth. Months beyond 12 stand for
/// incomplete civil status and say nothing.
fn contradictions(view: &View<'_>, reading: &Reading<'_>, birth: Option<PartialDate>, faults: &mut Faults) {
    let Some(number) = reading.value.and_then(identity::ins_number) else { return };
    let sex = match number.as_bytes()[0] {
        b'1' | b'3' | b'7' => Some("male"),
        b'2' | b'4' | b'8' => Some("female"),
        _ => None,
    };
    if let (Some(sex), Some(gender @ ("male" | "female"))) = (sex, view.text("gender"))
        && sex != gender
    {
        add(view, faults, &issues::PAT_INS_SEX, reading, ".value");
    }
    let (Some(birth), Ok(year), Ok(month)) = (birth, number[1..3].parse::<i16>(), number[3..5].parse::<i8>()) else {
        return;
    };
    let other_year = birth.earliest().year() % 100 != year;
    let told = birth.earliest().month_day().0;
    let month_known = !matches!(birth, PartialDate::Year(_)) && (1..=12).contains(&month);
    if other_year || month_known && told != month {
        add(view, faults, &issues::PAT_INS_BIRTH, reading, ".value");
    }
}

/// Answers whether the birth place carries something that may be its official code.
fn has_birth_place(view: &View<'_>) -> bool {
    items(view.resource, "extension").any(|e| {
        let url = text(e, "url").unwrap_or("").to_ascii_lowercase();
        let address = e.get("valueAddress");
        url.ends_with("birthplace")
            && address.is_some_and(|a| a.get("extension").is_some() || a.get("district").is_some())
    })
}
