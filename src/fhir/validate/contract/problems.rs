//! Condition, Coverage, Procedure, Immunization, DiagnosticReport, QuestionnaireResponse: rule C1 and
//! the advice on acts that cannot be counted.
//!
//! FHIR pages: R4 condition.html (con-4, con-5), coverage.html, immunization.html.

use super::View;
use super::bound;
use super::codings;
use super::dated;
use super::has_own_code;
use super::is_coded;
use super::items;
use super::own_system;
use super::subject;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json::Value;
use crate::fhir::validate::faults::Faults;
use crate::fhir::validate::walk::ends_before;

const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const CLINICAL_CODES: &[&str] = &["active", "recurrence", "relapse", "inactive", "remission", "resolved"];
const VERIFICATION_CODES: &[&str] =
    &["unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"];

pub fn condition(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "subject", faults);
    bound(view, "clinicalStatus", CLINICAL, CLINICAL_CODES, faults);
    bound(view, "verificationStatus", VERIFICATION, VERIFICATION_CODES, faults);
    if view.get("code").is_some() && !is_coded(view.get("code")) && !view.retracted() {
        view.say(faults, &issues::CON_UNCODED, "code");
    }
    if view.retracted() && view.get("clinicalStatus").is_some() {
        view.say(faults, &issues::CON_ERROR_WITH_STATUS, "clinicalStatus");
    }
    let onset = dated(view, "onset");
    let abatement = dated(view, "abatement");
    if let (Some(onset), Some(abatement)) = (onset, abatement)
        && ends_before(onset, abatement)
    {
        view.say(faults, &issues::CON_ABATED_BEFORE_ONSET, "abatement");
    }
    if onset.is_some_and(|d| view.is_future(d)) {
        view.say(faults, &issues::CON_ONSET_FUTURE, "onset");
    }
    let abated = view.resource.as_object().is_some_and(|m| m.keys().any(|k| k.starts_with("abatement")));
    if abated && has_code(view.get("clinicalStatus"), &["active", "recurrence", "relapse"]) {
        view.say(faults, &issues::CON_ABATED_ACTIVE, "clinicalStatus");
    }
    let right = items(view.resource, "category").any(|c| has_own_code(c, "ald-number"));
    if right && onset.is_none() && view.get("recordedDate").is_none() {
        view.say(faults, &issues::CON_RIGHT_UNDATED, "onset");
    }
}

fn has_code(concept: Option<&Value>, codes: &[&str]) -> bool {
    concept.is_some_and(|c| codings(c).any(|(_, code)| codes.contains(&code)))
}

/// C1: a right is dated.
pub fn coverage(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "beneficiary", faults);
    if view.retracted() {
        return;
    }
    let classes = items(view.resource, "class").filter_map(|c| c.get("type"));
    let right = view.get("type").into_iter().chain(classes).any(|concept| {
        codings(concept).any(|(system, code)| own_system(system) == Some("coverage-right") && code != "amo")
    });
    match view.get("period") {
        None if right => view.say(faults, &issues::COV_PERIOD_MISSING, "period"),
        Some(period) if right && period.get("start").is_none() => {
            view.say(faults, &issues::COV_START_MISSING, "period");
        }
        _ => {}
    }
    for (c, cost) in items(view.resource, "costToBeneficiary").enumerate() {
        for (e, exception) in items(cost, "exception").enumerate() {
            let ald = exception.get("type").is_some_and(|t| has_own_code(t, "ald-number"));
            if ald && exception.pointer("/period/start").is_none() {
                let place = format!("Coverage.costToBeneficiary[{c}].exception[{e}].period");
                faults.add(Issue::new(&issues::COV_START_MISSING, place, &["period"]));
            }
        }
    }
}

pub fn procedure(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "subject", faults);
    act(view, "performed", "code", faults);
    not_done(view, faults);
}

pub fn immunization(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "patient", faults);
    // A missing occurrence is base FHIR's matter: only a text in its place is told here.
    if view.get("occurrenceString").is_some() || view.get("occurrenceDateTime").is_some() {
        act(view, "occurrence", "vaccineCode", faults);
    }
    not_done(view, faults);
}

pub fn report(view: &View<'_>, faults: &mut Faults) {
    subject::check_optional(view, "subject", faults);
    act(view, "effective", "code", faults);
}

pub fn answers(view: &View<'_>, faults: &mut Faults) {
    subject::check_optional(view, "subject", faults);
    match view.text("authored") {
        None if view.get("authored").is_none() => view.say(faults, &issues::ACT_UNDATED, "authored"),
        Some(date) if view.is_future(date) => view.say(faults, &issues::ACT_FUTURE, "authored"),
        _ => {}
    }
}

/// An act counts when it is dated and coded.
fn act(view: &View<'_>, base: &'static str, code: &'static str, faults: &mut Faults) {
    if view.retracted() {
        return;
    }
    match dated(view, base) {
        None => view.say(faults, &issues::ACT_UNDATED, base),
        Some(date) if view.is_future(date) => view.say(faults, &issues::ACT_FUTURE, base),
        Some(_) => {}
    }
    // A vaccine without a code is base FHIR's matter.
    let excused = code == "vaccineCode" && view.get(code).is_none();
    if !is_coded(view.get(code)) && !excused {
        view.say(faults, &issues::ACT_UNCODED, code);
    }
}

fn not_done(view: &View<'_>, faults: &mut Faults) {
    if view.text("status") == Some("not-done") && view.get("statusReason").is_none() && view.get("reasonCode").is_none()
    {
        view.say(faults, &issues::ACT_REASON_MISSING, "statusReason");
    }
}
