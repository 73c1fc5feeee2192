//! What each record claims about belonging to the structure: contracts, care teams, declared
//! practitioners. Each claim is a stretch of days and whether it concerns this structure.

use super::StructureScope;
use super::span::Span;
use crate::domain::calendar::Day;
use crate::domain::dossier::Seen;
use crate::domain::fact::CareTeamFact;
use crate::domain::fact::EpisodeFact;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::fact::Participant;
use crate::domain::fact::PatientFact;
use crate::domain::fact::Record;
use crate::domain::fact::Version;
use crate::domain::finding::EvidenceRef;
use crate::domain::rules::Rules;
use crate::domain::verdict::Verdict;

/// One record's word about enrolment.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) span: Span,
    /// Whether it concerns this structure; unknown when it names somebody the tenant never sent.
    pub(super) here: Verdict,
    /// It ends on the day somebody learned of it, for want of a date.
    pub(super) undated_end: bool,
    pub(super) evidence: Vec<EvidenceRef>,
    /// Whom it names as médecin traitant; nobody where it names none.
    pub(super) who: Vec<Named>,
}

/// What claims are read against: the structure, the rules, the days asked about.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) rules: &'a Rules,
    pub(super) scope: &'a StructureScope<'a>,
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Claim {
    pub(super) fn verdict(&self, first: Day, last: Day) -> Verdict {
        self.here.and(self.span.overlaps(first, last))
    }

    /// Answers whether it surely holds on every day from `first` to `last`.
    pub(super) fn covers(&self, first: Day, last: Day) -> bool {
        self.span.overlaps(first, first).is_yes() && self.span.overlaps(last, last).is_yes()
    }

    fn new(record: &Record, version: &Version, here: Verdict, span: Span) -> Claim {
        Claim { span, here, undated_end: false, evidence: vec![cite(record, version)], who: Vec::new() }
    }

    fn naming<'n>(mut self, who: impl IntoIterator<Item = &'n Named>) -> Claim {
        self.who.extend(who.into_iter().cloned());
        self
    }

    /// Ends the claim on the day `version` became known, where it has no earlier end.
    fn ended_when_known(mut self, record: &Record, version: Option<&Version>) -> Claim {
        let Some(version) = version else { return self };
        self.undated_end = self.span.end.is_none();
        self.span = self.span.ended_by(Some(version.known.paris_day()));
        let cited = cite(record, version);
        if !self.evidence.contains(&cited) {
            self.evidence.push(cited);
        }
        self
    }
}

pub(crate) fn cite(record: &Record, version: &Version) -> EvidenceRef {
    EvidenceRef { kind: record.kind, id: record.id.clone(), version: version.number }
}

impl Reading<'_> {
    fn belongs(&self, named: &Named) -> Verdict {
        self.scope.belongs(named, self.first, self.last)
    }

    /// An EpisodeOfCare of the type of the contract.
    pub(super) fn contract(&self, seen: Seen<'_, EpisodeFact>) -> Option<Claim> {
        let Seen { record, version, fact: episode, .. } = seen;
        if !episode.counts {
            return None;
        }
        let here = episode.organization.as_ref().map_or(Verdict::Yes, |organization| self.belongs(organization));
        let finished = record.since(|fact| matches!(fact, Fact::Episode(e) if e.finished));
        Some(Claim::new(record, version, here, Span::of(&episode.period)).ended_when_known(record, finished))
    }

    /// The participants of a CareTeam who are the médecin traitant, present and removed ones.
    pub(super) fn team(&self, seen: Seen<'_, CareTeamFact>, out: &mut Vec<Claim>) {
        let Seen { record, version, fact: team, .. } = seen;
        if !team.counts {
            return;
        }
        let ended = record.since(|fact| matches!(fact, Fact::CareTeam(t) if t.ended));
        for participant in self.primary_care(team) {
            let span = Span::of(&participant.period).or_bounds_of(Span::of(&team.period));
            let here = self.participant_belongs(participant);
            let claim = Claim::new(record, version, here, span).ended_when_known(record, ended);
            out.push(claim.naming(&participant.actor));
        }
        self.removed_from_team(record, team, out);
    }

    /// Whoever an earlier version named and the one in force no longer does left on the day the
    /// first version without them became known.
    fn removed_from_team(&self, record: &Record, now: &CareTeamFact, out: &mut Vec<Claim>) {
        let mut named: Vec<Option<&Named>> = self.primary_care(now).map(|p| p.actor.as_ref()).collect();
        let unbroken = record.versions.iter().rev().take_while(|v| v.fact.is_some());
        let mut next: Option<&Version> = None;
        for version in unbroken {
            if let (Some(Fact::CareTeam(team)), Some(following)) = (&version.fact, next) {
                for gone in self.primary_care(team).filter(|_| team.counts) {
                    if named.contains(&gone.actor.as_ref()) {
                        continue;
                    }
                    named.push(gone.actor.as_ref());
                    let span = Span::of(&gone.period).or_bounds_of(Span::of(&team.period));
                    let claim = Claim::new(record, version, self.participant_belongs(gone), span);
                    out.push(claim.ended_when_known(record, Some(following)).naming(&gone.actor));
                }
            }
            next = Some(version);
        }
    }

    fn primary_care<'t>(&self, team: &'t CareTeamFact) -> impl Iterator<Item = &'t Participant> {
        let (rules, role) = (self.rules, self.rules.enrolment.primary_care);
        team.participants.iter().filter(move |participant| {
            let mut found = Vec::new();
            participant.roles.iter().for_each(|coding| rules.concepts.resolve(coding, Kind::CareTeam, &mut found));
            found.contains(&role)
        })
    }

    fn participant_belongs(&self, participant: &Participant) -> Verdict {
        let member = participant.actor.as_ref().map_or(Verdict::Unknown, |actor| self.belongs(actor));
        match participant.on_behalf_of.as_ref().map(|organization| self.belongs(organization)) {
            None => member,
            // On whose behalf somebody acts tells where, though nobody told who it is.
            Some(organization) if member == Verdict::Unknown => organization,
            Some(organization) => member.and(organization),
        }
    }

    /// Patient.generalPractitioner: no lower bound; its removal ends it on the day it became known.
    /// One that nobody can place leaves the days after that open.
    pub(super) fn declared(&self, seen: Seen<'_, PatientFact>, out: &mut Vec<Claim>) {
        let Seen { record, version, fact: patient, .. } = seen;
        let points_here = |patient: &PatientFact| {
            patient.general_practitioners.iter().map(|r| self.belongs(r)).fold(Verdict::No, Verdict::or)
        };
        let here = |patient: &'_ PatientFact| -> Vec<Named> {
            let all = patient.general_practitioners.iter();
            all.filter(|named| self.belongs(named) != Verdict::No).cloned().collect()
        };
        let now = points_here(patient);
        if now != Verdict::No {
            out.push(Claim::new(record, version, now, Span::default()).naming(&here(patient)));
        }
        if now.is_yes() {
            return;
        }
        let mut next = version;
        for earlier in record.versions.iter().rev().skip(1) {
            if let Some(Fact::Patient(before)) = &earlier.fact {
                if points_here(before).is_yes() {
                    let claim = Claim::new(record, earlier, Verdict::Yes, Span::default());
                    out.push(claim.ended_when_known(record, Some(next)).naming(&here(before)));
                    return;
                }
                next = earlier;
            }
        }
    }
}
