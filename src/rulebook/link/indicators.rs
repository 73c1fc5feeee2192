//! Indicators: whom each asks about, what it asks, and what it says of itself.

use super::At;
use super::Linker;
use super::params::ParamKind;
use crate::domain::directory::Profession;
use crate::domain::enrolment::ConsommantRule;
use crate::domain::enrolment::EnrolmentRule;
use crate::domain::fact::AppointmentState;
use crate::domain::indicator::ActiveFile;
use crate::domain::indicator::Appointments;
use crate::domain::indicator::Consumption;
use crate::domain::indicator::Counted;
use crate::domain::indicator::Improvement;
use crate::domain::indicator::Indicator;
use crate::domain::indicator::ItemGroups;
use crate::domain::indicator::Items;
use crate::domain::indicator::Leakage;
use crate::domain::indicator::Minutes;
use crate::domain::indicator::PerStructure;
use crate::domain::indicator::Population;
use crate::domain::indicator::Rule;
use crate::domain::indicator::Scoring;
use crate::domain::indicator::Split;
use crate::domain::indicator::Step;
use crate::domain::indicator::Team;
use crate::domain::indicator::TeamProfession;
use crate::domain::indicator::Texts;
use crate::domain::indicator::Who;
use crate::domain::measure::ConceptId;
use crate::domain::param::ParamId;
use crate::domain::prevention::Item;
use crate::domain::verdict::RuleStatus;
use crate::rulebook::error::Fault;
use crate::rulebook::schema::FileKind;
use std::collections::BTreeMap;

const KINDS: [&str; 8] =
    ["items", "appointments", "consultations", "minutes", "active_file", "leakage", "practitioner_change", "contacts"];

/// What the rules of enrolment and of the patient consommant are, where they could be read.
type Membership<'r> = (Option<&'r EnrolmentRule>, Option<&'r ConsommantRule>);

impl<'f> Linker<'f> {
    /// Answers the indicators in catalogue order; none in a rulebook older than they are.
    pub(super) fn indicators(&mut self, membership: Membership<'_>, items: &[Item]) -> Vec<Indicator> {
        let mut roots = self.roots(FileKind::Indicator);
        self.check_ordinals(&roots);
        // What names another by its rank is linked when the ranks are known.
        roots.sort_by_key(|at| at.integer_of("ordinal"));
        let ranked = roots.iter().enumerate().filter(|(_, at)| at.key("minutes").is_some());
        let minutes: BTreeMap<&str, usize> = ranked.map(|(rank, at)| (at.text_of("id"), rank)).collect();
        let mut found: Vec<Indicator> =
            roots.iter().filter_map(|at| self.one_indicator(at, membership, items, &minutes)).collect();
        let of_minutes: Vec<Vec<ParamId>> = found.iter().map(|one| one.parameters.clone()).collect();
        for one in &mut found {
            if let Rule::ActiveFile(file) = &one.rule {
                let more = of_minutes.get(file.minutes_of).map(Vec::as_slice).unwrap_or_default();
                add_new(&mut one.parameters, more);
            }
        }
        found
    }

    fn one_indicator(
        &mut self,
        at: &At<'f>,
        membership: Membership<'_>,
        items: &[Item],
        minutes: &BTreeMap<&str, usize>,
    ) -> Option<Indicator> {
        self.check_file_name(at);
        let rule = self.indicator_rule(at, items, minutes);
        if rule.as_ref().is_some_and(|rule| rule.scoring() == Scoring::Proportion) && at.key("numerator_fr").is_none() {
            let fault = Fault::new("missing-key", "il manque « numerator_fr »", "\"numerator_fr\" is missing");
            self.blame(at, fault);
        }
        let population = Population::from_code(at.text_of("population"))?;
        let rule = rule?;
        let mut parameters = Vec::new();
        add_new(&mut parameters, &rule.parameters());
        if let (Some(enrolment), Some(consommant)) = membership {
            add_new(&mut parameters, &population.parameters(enrolment, consommant));
            if matches!(rule, Rule::Minutes(_)) {
                add_new(&mut parameters, &[consommant.window_months]);
            }
        }
        Some(Indicator {
            ordinal: u16::try_from(at.integer_of("ordinal")?).ok()?,
            id: at.text_of("id").into(),
            label_fr: at.text_of("label_fr").into(),
            status: RuleStatus::from_code(at.text_of("status"))?,
            scoring: rule.scoring(),
            unit: rule.unit(),
            improvement: match at.text_of("improvement") {
                "increase" => Some(Improvement::Increase),
                "decrease" => Some(Improvement::Decrease),
                _ => None,
            },
            period: rule.period(),
            population,
            rule,
            texts: texts(at),
            parameters,
            file: at.file.into(),
        })
    }

    fn indicator_rule(&mut self, at: &At<'f>, items: &[Item], minutes: &BTreeMap<&str, usize>) -> Option<Rule> {
        let named: Vec<&str> = KINDS.into_iter().filter(|kind| at.key(kind).is_some()).collect();
        let [kind] = named[..] else {
            let fault = Fault::new(
                "indicator-kind-count",
                format!("un indicateur compte une chose et une seule : {}", KINDS.join(", ")),
                format!("an indicator counts exactly one thing: {}", KINDS.join(", ")),
            );
            self.blame(at, fault);
            return None;
        };
        let inner = at.key(kind)?;
        match kind {
            "items" => self.items_counted(&inner, items).map(Rule::Items),
            "appointments" => self.appointments(&inner).map(Rule::Appointments),
            "consultations" => self.consumption(&inner).map(Rule::Consumption),
            "minutes" => self.minutes(&inner).map(Rule::Minutes),
            "active_file" => self.active_file(&inner, minutes).map(Rule::ActiveFile),
            "leakage" => Some(Rule::Leakage(Leakage { counted: self.counted(&inner)? })),
            "practitioner_change" => Some(Rule::PractitionerChange),
            _ => self.team(&inner).map(Rule::Team),
        }
    }

    fn items_counted(&mut self, at: &At<'f>, items: &[Item]) -> Option<Items> {
        let known = items.iter().enumerate().map(|(n, item)| (&*item.id, n)).collect();
        let named = at.list("of");
        let of: Vec<usize> = if at.text_of("of") == "all" {
            (0..items.len()).collect()
        } else {
            self.check_once(&named);
            named.iter().filter_map(|item| self.index_of(item, &known, "unknown-item", ("item", "item"))).collect()
        };
        let groups = if at.text_of("groups") == "each" { ItemGroups::Each } else { ItemGroups::TogetherAndEach };
        let followed_more_than = match at.key("followed_more_than") {
            Some(_) => Some(self.count(at, "followed_more_than")?),
            None => None,
        };
        Some(Items { of, groups, followed_more_than })
    }

    fn check_once(&mut self, named: &[At<'f>]) {
        for (n, at) in named.iter().enumerate() {
            if named[..n].iter().any(|before| before.text() == at.text()) {
                self.blame_duplicate(at, at.text());
            }
        }
    }

    fn appointments(&mut self, at: &At<'f>) -> Option<Appointments> {
        let of: Vec<&str> = at.list("of").iter().map(At::text).collect();
        let counted = at.list("counted");
        for state in counted.iter().filter(|state| !of.contains(&state.text())) {
            let fault = Fault::unknown("unknown-word", ("mot", "word"), state.text(), of.iter().copied());
            self.blame(state, fault);
        }
        let counted = counted.iter().filter_map(|state| appointment_state(state.text())).collect();
        Some(Appointments { of: of.into_iter().filter_map(appointment_state).collect(), counted })
    }

    fn counted(&mut self, at: &At<'f>) -> Option<Counted> {
        let class = self.class(at)?;
        Some(Counted { class, by: at.list("by").iter().filter_map(|word| profession(word.text())).collect() })
    }

    /// Answers the class of encounters, `Some(None)` for any.
    fn class(&mut self, at: &At<'f>) -> Option<Option<ConceptId>> {
        match at.key("class") {
            Some(class) => self.concept(&class).map(Some),
            None => Some(None),
        }
    }

    fn consumption(&mut self, at: &At<'f>) -> Option<Consumption> {
        let counted = self.counted(at);
        let above = self.number(at, "above");
        let within_months = self.count(at, "within");
        let split = if at.text_of("split") == "typology" { Split::Typologie } else { Split::None };
        Some(Consumption { counted: counted?, above: above?, within_months: within_months?, split })
    }

    fn minutes(&mut self, at: &At<'f>) -> Option<Minutes> {
        let counted = self.counted(at);
        let [follow_up, longest] = ["follow_up", "longest"].map(|key| self.count(at, key));
        let of_word = |word: &At<'f>| Step::ALL.into_iter().find(|step| step.code() == word.text());
        let steps = at.list("steps").iter().filter_map(of_word).collect();
        Some(Minutes { counted: counted?, follow_up_months: follow_up?, longest_minutes: longest?, steps })
    }

    fn active_file(&mut self, at: &At<'f>, minutes: &BTreeMap<&str, usize>) -> Option<ActiveFile> {
        let of = at.key("minutes_of")?;
        let minutes_of =
            self.resolve(&of, minutes, "unknown-indicator", ("indicateur de minutes", "minutes indicator"));
        let [weekly_hours, weeks_per_year] = ["weekly_hours", "weeks_per_year"].map(|key| self.number(at, key));
        let full_time_gps = at.key("full_time_gps").map(|gps| self.per_structure(&gps)).unwrap_or_default();
        Some(ActiveFile {
            minutes_of: minutes_of?,
            weekly_hours: weekly_hours?,
            weeks_per_year: weeks_per_year?,
            full_time_gps,
        })
    }

    fn per_structure(&mut self, at: &At<'f>) -> PerStructure {
        let default = self.number(at, "default");
        let own = at.key("by_structure").map(|own| own.entries()).unwrap_or_default();
        let by_structure =
            own.iter().filter_map(|(id, at)| Some(((*id).into(), self.param_at(at, ParamKind::Number)?)));
        PerStructure { default, by_structure: by_structure.collect() }
    }

    fn team(&mut self, at: &At<'f>) -> Option<Team> {
        let class = self.class(at);
        let listed = at.list("professions");
        let ids: Vec<At<'f>> = listed.iter().filter_map(|one| one.key("id")).collect();
        self.check_once(&ids);
        let professions = listed.iter().filter_map(|one| self.team_profession(one)).collect();
        Some(Team { class: class?, professions })
    }

    fn team_profession(&mut self, at: &At<'f>) -> Option<TeamProfession> {
        let is = match at.key("profession") {
            Some(word) => Who::Profession(profession(word.text())?),
            None => Who::Concepts(at.list("concepts").iter().filter_map(|concept| self.concept(concept)).collect()),
        };
        Some(TeamProfession { id: at.text_of("id").into(), label_fr: at.text_of("label_fr").into(), is })
    }
}

fn texts(at: &At<'_>) -> Texts {
    let optional = |key: &str| Some(at.text_of(key)).filter(|text| !text.is_empty()).map(Into::into);
    let mut sources: Vec<Box<str>> = Vec::new();
    for title in at.list("sources").iter().map(|source| source.text_of("title")) {
        if !sources.iter().any(|known| **known == *title) {
            sources.push(title.into());
        }
    }
    Texts {
        description_fr: at.text_of("description_fr").into(),
        initial_fr: at.text_of("initial_fr").into(),
        denominator_fr: at.text_of("denominator_fr").into(),
        exclusion_fr: optional("exclusion_fr"),
        numerator_fr: optional("numerator_fr"),
        seed_fr: optional("seed_fr"),
        notes_fr: at.list("notes_fr").iter().map(|note| note.text().into()).collect(),
        sources,
    }
}

fn profession(word: &str) -> Option<Profession> {
    match word {
        "gp" => Some(Profession::Gp),
        "midwife" => Some(Profession::Midwife),
        "other" => Some(Profession::OtherKnown),
        "unknown" => Some(Profession::Unknown),
        _ => None,
    }
}

fn appointment_state(word: &str) -> Option<AppointmentState> {
    match word {
        "fulfilled" => Some(AppointmentState::Fulfilled),
        "noshow" => Some(AppointmentState::NoShow),
        "cancelled" => Some(AppointmentState::Cancelled),
        "booked" => Some(AppointmentState::Booked),
        _ => None,
    }
}

fn add_new(all: &mut Vec<ParamId>, more: &[ParamId]) {
    for id in more {
        if !all.contains(id) {
            all.push(*id);
        }
    }
}
