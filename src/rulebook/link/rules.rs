//! Tariffs, and the whole put together.

use super::At;
use super::Linker;
use super::Named;
use super::params::ParamKind;
use crate::domain::condition::Condition;
use crate::domain::envelope::Envelope;
use crate::domain::fmt::FmtIndicator;
use crate::domain::fmt::FmtRow;
use crate::domain::fmt::FmtTariff;
use crate::domain::forfait::Brick;
use crate::domain::forfait::MonthlyTariff;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::measure::ConceptId;
use crate::domain::prevention::Item;
use crate::domain::rules::Rules;
use crate::domain::typologie::Typologie;
use crate::rulebook::error::Fault;
use crate::rulebook::error::MappingError;
use crate::rulebook::schema::FileKind;
use std::collections::BTreeMap;

/// The list of ALD has 30 numbers, then 31 (off the list) and 32 (several).
const LAST_ALD: u8 = 32;

impl<'f> Linker<'f> {
    /// Answers the whole rulebook; `None` when something it cannot do without is missing.
    pub(super) fn rules(&mut self) -> Option<Rules> {
        let enrolment = self.enrolment();
        let consommant = self.consommant();
        let typologies = self.typologies();
        let items = self.items();
        let not_done = self.not_done(&items);
        let pathways = self.pathways();
        let indicators = self.indicators((enrolment.as_ref(), consommant.as_ref()), &items);
        let tariffs = self.tariffs(&typologies, &items);
        let statements = self.statements();
        let reports = self.reports();
        let published = self.published(&items, &indicators);
        let worklist = self.worklist(&items);
        let ald_numbers = (1..=LAST_ALD).filter_map(|n| self.expected_concept(&format!("ald-{n}"))).collect();
        let ald_right = self.expected_concept("right-ald");
        Some(Rules {
            concepts: std::mem::take(&mut self.concepts),
            measures: std::mem::take(&mut self.measures),
            params: std::mem::take(&mut self.params),
            flags: std::mem::take(&mut self.flags),
            evidences: std::mem::take(&mut self.evidences),
            enrolment: enrolment?,
            consommant: consommant?,
            typologies,
            items,
            not_done: not_done?,
            pathways,
            published,
            indicators,
            tariffs,
            statements: statements?,
            reports: reports?,
            worklist: worklist?,
            ald_numbers,
            ald_right: ald_right?,
        })
    }

    // A concept that the engine itself asks for, whichever file defines it.
    fn expected_concept(&mut self, id: &str) -> Option<ConceptId> {
        let found = self.concept_ids.get(id).copied();
        if found.is_none() && self.left_out.is_empty() {
            self.faults.push(MappingError {
                file: "facts/codes".to_owned(),
                line: 1,
                path: String::new(),
                code: "missing-concept",
                text_fr: format!("aucun fichier ne définit « {id} »"),
                text_en: format!("no file defines \"{id}\""),
            });
        }
        found
    }

    /// Answers the one file of a kind.
    pub(super) fn only(&mut self, kind: FileKind, file: &str) -> Option<At<'f>> {
        let found = self.roots(kind).into_iter().next();
        if found.is_none() && !self.left_out.contains(file.trim_end_matches(".yaml")) {
            self.faults.push(MappingError {
                file: file.to_owned(),
                line: 1,
                path: String::new(),
                code: "missing-file",
                text_fr: "ce fichier manque".to_owned(),
                text_en: "this file is missing".to_owned(),
            });
        }
        found
    }

    pub(super) fn check_ordinals(&mut self, roots: &[At<'f>]) {
        let mut seen: BTreeMap<i64, &str> = BTreeMap::new();
        for at in roots {
            let Some(ordinal) = at.integer_of("ordinal") else { continue };
            if let Some(first) = seen.insert(ordinal, at.file) {
                let fault = Fault::new(
                    "duplicate-ordinal",
                    format!("le rang {ordinal} est déjà celui de {first}"),
                    format!("ordinal {ordinal} is already that of {first}"),
                );
                self.blame(&at.key("ordinal").unwrap_or_else(|| at.clone()), fault);
            }
        }
    }

    fn tariffs(&mut self, typologies: &[Typologie], items: &[Item]) -> Vec<Tariff> {
        let roots = self.roots(FileKind::Tariff);
        roots.iter().filter_map(|at| self.tariff(at, typologies, items)).collect()
    }

    fn tariff(&mut self, at: &At<'f>, typologies: &[Typologie], items: &[Item]) -> Option<Tariff> {
        self.check_file_name(at);
        let kind = match (at.key("monthly"), at.key("fmt")) {
            (Some(monthly), None) => self.monthly(&monthly, typologies).map(TariffKind::Monthly),
            (None, Some(fmt)) => self.fmt(&fmt, items).map(TariffKind::Fmt),
            _ => {
                let fault = Fault::new(
                    "tariff-kind-count",
                    "un tarif est soit « monthly », soit « fmt »",
                    "a tariff is either \"monthly\" or \"fmt\"",
                );
                self.blame(at, fault);
                None
            }
        };
        Some(Tariff { id: at.text_of("id").into(), label_fr: at.text_of("label_fr").into(), kind: kind? })
    }

    fn monthly(&mut self, at: &At<'f>, typologies: &[Typologie]) -> Option<MonthlyTariff> {
        let bricks = at.list("bricks").iter().filter_map(|b| self.brick(b, typologies)).collect();
        let cap = self.param(at, "cap", ParamKind::Amount);
        let socle = self.param(at, "socle", ParamKind::Amount);
        let fmt_treatment = self.param(at, "fmt_treatment", ParamKind::Word);
        let envelope = at.key("envelope").map(|envelope| self.envelope(&envelope));
        Some(MonthlyTariff { socle: socle?, bricks, cap, fmt_treatment: fmt_treatment?, envelope })
    }

    fn envelope(&mut self, at: &At<'f>) -> Envelope {
        let default = self.param(at, "default", ParamKind::Amount);
        let own = at.key("by_structure").map(|own| own.entries()).unwrap_or_default();
        let by_structure =
            own.iter().filter_map(|(id, at)| Some(((*id).into(), self.param_at(at, ParamKind::Amount)?)));
        Envelope { default, by_structure: by_structure.collect() }
    }

    fn brick(&mut self, at: &At<'f>, typologies: &[Typologie]) -> Option<Brick> {
        let known = typologies.iter().enumerate().map(|(n, t)| (&*t.id, n)).collect();
        let typologie = self.index_of(&at.key("typologie")?, &known, "unknown-typology", ("typologie", "typology"));
        let amount = self.param(at, "amount", ParamKind::Amount);
        Some(Brick { typologie: typologie?, amount: amount?, capped: at.is_true("capped") })
    }

    pub(super) fn index_of(
        &mut self,
        at: &At<'f>,
        known: &Named<'_, usize>,
        code: &'static str,
        what: (&str, &str),
    ) -> Option<usize> {
        let known: BTreeMap<&str, usize> = known.iter().map(|(k, n)| (*k, *n)).collect();
        self.resolve(at, &known, code, what)
    }

    fn fmt(&mut self, at: &At<'f>, items: &[Item]) -> Option<FmtTariff> {
        let rows = at.list("rows").iter().filter_map(|row| self.fmt_row(row)).collect();
        let indicators = at.list("indicators").iter().map(|i| self.indicator(i, items)).collect();
        let months = at.list("instalment_months");
        let instalment_months = months.iter().filter_map(|m| self.param_at(m, ParamKind::Number)).collect();
        let last_instalment = self.word_among(at, "last_instalment", FmtTariff::LAST);
        let exists_from = self.param(at, "exists_from", ParamKind::Day);
        let [not_seen, c2s, per_indicator] =
            ["not_seen", "c2s", "per_indicator"].map(|key| self.param(at, key, ParamKind::Amount));
        let not_seen_months = self.number(at, "not_seen_months");
        let c2s_right = self.concept_of(at, "c2s_right");
        Some(FmtTariff {
            exists_from: exists_from?,
            not_seen: not_seen?,
            not_seen_months: not_seen_months?,
            rows,
            c2s: c2s?,
            c2s_right: c2s_right?,
            instalment_months,
            last_instalment,
            per_indicator: per_indicator?,
            indicators,
        })
    }

    fn fmt_row(&mut self, at: &At<'f>) -> Option<FmtRow> {
        let when = match at.key("when") {
            Some(when) => self.condition(&when),
            None => Some(Condition::Always),
        };
        let amount = self.param(at, "amount", ParamKind::Amount);
        Some(FmtRow { label_fr: at.text_of("label_fr").into(), when: when?, amount: amount? })
    }

    fn indicator(&mut self, at: &At<'f>, items: &[Item]) -> FmtIndicator {
        let known = items.iter().enumerate().map(|(n, item)| (&*item.id, n)).collect();
        let item = at.key("item").and_then(|i| self.index_of(&i, &known, "unknown-item", ("item", "item")));
        let item = item.map(|n| (n, self.component_index(at, &items[n])));
        FmtIndicator { id: at.text_of("id").into(), label_fr: at.text_of("label_fr").into(), item }
    }

    fn component_index(&mut self, at: &At<'f>, item: &Item) -> Option<usize> {
        let known = item.components.iter().enumerate().map(|(n, c)| (&*c.id, n)).collect();
        self.index_of(&at.key("component")?, &known, "unknown-component", ("composante", "component"))
    }
}
