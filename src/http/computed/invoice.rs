//! `Invoice`: read and search of what is computed (invoice.html); nothing is written here.

use super::values::{Bound, bad, id_of, instant};
use super::{Computed, Found, Page, Parts, Taken};
use crate::app::{After, Gateway, Wanted};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::render;
use crate::fhir::subset::Subset;
use crate::http::problem::Problem;
use crate::http::{Shared, access};
use actix_web::HttpRequest;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/patient/AAAA-MM, ou structure/AAAA-MM"),
    ("subject", "reference", "Le patient"),
    ("patient", "reference", "Le patient"),
    ("issuer", "reference", "La structure"),
    ("date", "date", "Le dernier jour du mois ; eq, ge, gt, le, lt"),
    ("status", "token", "draft ou issued"),
    ("type", "token", "patient-month ou structure-month"),
];

/// Ids that one search names at most.
const MOST: usize = 50;
/// The id of an Invoice, without its prefix.
type RowKey = [u8; 16];

/// A search, read.
pub struct Asked {
    structure: String,
    wanted: Wanted,
    known_at: Option<Instant>,
    /// Those one of which is wanted, where several are named.
    ids: Vec<RowKey>,
    /// Nothing can match: another structure, an id that is none of ours.
    none: bool,
}

impl Computed for Asked {
    const NAME: &'static str = "Invoice";
    const PARAMETERS: super::Told = PARAMETERS;
    const BESIDE: &'static [&'static str] = &["knownAt"];
    const READ: &'static [&'static str] = &["knownAt", "_summary", "_elements"];
    const PARTS: Parts = Parts::Cut;

    fn begin(request: &HttpRequest, shared: &Shared) -> Result<Asked, Problem> {
        let structure = access::structure(request, shared)?;
        Ok(Asked { structure, wanted: Wanted::default(), known_at: None, ids: Vec::new(), none: false })
    }

    fn take(&mut self, name: &str, value: &str) -> Result<Taken, Problem> {
        match name {
            // One value each: of a list nothing would be found, which is not true of its values.
            "identifier" | "subject" | "subject:Patient" | "patient" | "issuer" | "issuer:Organization"
                if value.contains(',') =>
            {
                return Err(bad(name, "Patient/p1"));
            }
            "_id" => self.named(value)?,
            "identifier" => self.identifier(value),
            "subject" | "subject:Patient" | "patient" => {
                let id = id_of(value, "Patient");
                self.none |= id.is_none();
                id.iter().for_each(|id| self.patient(id));
            }
            "issuer" | "issuer:Organization" => {
                self.none |= id_of(value, "Organization").is_none_or(|id| id != self.structure);
            }
            "date" => self.date(value)?,
            "status" => self.choose(value, ("issued", "draft"), name, |wanted| &mut wanted.issued)?,
            "type" => self.choose(value, ("patient-month", "structure-month"), name, |w| &mut w.of_patients)?,
            "knownAt" => self.known_at = Some(instant(value)?),
            _ => return Ok(Taken::Unknown),
        }
        Ok(Taken::Yes)
    }

    fn read(self, gateway: &Gateway, id: &str, _: &Subset) -> Result<Option<String>, Problem> {
        let Some(key) = key_of(id) else { return Ok(None) };
        Ok(gateway.invoice_by_id(&self.structure, key, self.known_at)?)
    }

    fn find(self, gateway: &Gateway, page: &Page) -> Result<Found, Problem> {
        if self.none {
            return Ok(Found::default());
        }
        if self.ids.len() > 1 {
            return self.find_named(gateway, page);
        }
        let after = page.after.as_deref().map(|text| cursor(text).ok_or_else(|| bad(Self::CURSOR, "2026-09")));
        let after = after.transpose()?;
        let found = gateway.invoices(&self.structure, self.known_at, &self.wanted, (after, page.room))?;
        let next = found.next.filter(|_| page.room > 0).map(|(month, key)| match key {
            None => month.to_string(),
            Some(key) => format!("{month}~{}", render::hex(&key)),
        });
        Ok(Found { total: found.total, resources: found.found, next, outcome: None })
    }
}

impl Asked {
    /// One of these ids, and of those named before.
    fn named(&mut self, value: &str) -> Result<(), Problem> {
        let mut keys: Vec<RowKey> = value.split(',').filter_map(|id| key_of(id.trim())).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > MOST {
            return Err(bad("_id", &format!("inv-... (≤ {MOST})")));
        }
        if !self.ids.is_empty() {
            keys.retain(|key| self.ids.contains(key));
        }
        self.none |= keys.is_empty();
        self.wanted.id = keys.first().copied();
        self.ids = keys;
        Ok(())
    }

    /// Finds several by their ids, each of which is found by itself.
    fn find_named(&self, gateway: &Gateway, page: &Page) -> Result<Found, Problem> {
        let mut all = Vec::new();
        for key in &self.ids {
            let wanted = Wanted { id: Some(*key), ..self.wanted.clone() };
            all.extend(gateway.invoices(&self.structure, self.known_at, &wanted, (None, 1))?.found);
        }
        let told = (|one: &(String, String)| one.0.clone(), |one: &(String, String)| Some(one.1.clone()));
        Found::page_of(all, page, told, || bad(Self::CURSOR, "inv-..."))
    }

    fn patient(&mut self, id: &str) {
        self.none |= self.wanted.patient.as_deref().is_some_and(|other| other != id);
        self.wanted.patient = Some(id.to_owned());
    }

    /// `system|structure/patient/YYYY-MM`, with or without system.
    fn identifier(&mut self, value: &str) {
        let ours = format!("{CANONICAL_BASE}/identifier/invoice");
        let value = match value.split_once('|') {
            Some((system, value)) if system == ours || system.is_empty() => value,
            None => value,
            Some(_) => return self.none = true,
        };
        let mut parts: Vec<&str> = value.split('/').collect();
        let month = parts.pop().and_then(|month| month.parse::<Month>().ok());
        let (Some(month), true) = (month, parts.first() == Some(&&*self.structure) && parts.len() <= 2) else {
            return self.none = true;
        };
        self.within(month.last_day(), month.last_day());
        match parts.get(1) {
            Some(patient) => self.patient(patient),
            None => {
                self.none |= self.wanted.of_patients == Some(true);
                self.wanted.of_patients = Some(false);
            }
        }
    }

    /// A date by its prefix: the value stands for every day it may be (search.html#date).
    fn date(&mut self, value: &str) -> Result<(), Problem> {
        let Bound { prefix, first, last } = Bound::read("date", value)?;
        match prefix {
            "eq" => self.within(first, last),
            "ge" => self.within(first, Day::max_value()),
            "gt" | "sa" => self.within(last.add_days(1), Day::max_value()),
            "le" => self.within(Day::min_value(), last),
            "lt" | "eb" => self.within(Day::min_value(), first.add_days(-1)),
            _ => return Err(bad("date", "ge2026-09-01")),
        }
        Ok(())
    }

    fn within(&mut self, first: Day, last: Day) {
        if first > Day::min_value() {
            self.wanted.from = Some(self.wanted.from.map_or(first, |from| from.max(first)));
        }
        if last < Day::max_value() {
            self.wanted.to = Some(self.wanted.to.map_or(last, |to| to.min(last)));
        }
        self.none |= self.wanted.from.zip(self.wanted.to).is_some_and(|(from, to)| from > to);
    }

    /// A token of two: either, or both with a comma, which asks for nothing.
    fn choose(
        &mut self,
        value: &str,
        (yes, no): (&str, &str),
        name: &str,
        place: fn(&mut Wanted) -> &mut Option<bool>,
    ) -> Result<(), Problem> {
        let code = |token: &str| token.rsplit('|').next().unwrap_or_default().to_owned();
        let codes: Vec<String> = value.split(',').map(code).collect();
        if codes.iter().any(|code| code != yes && code != no) {
            // A status of R4 that none of ours has matches nothing.
            let other = name == "status"
                && codes.iter().all(|c| matches!(c.as_str(), "balanced" | "cancelled" | "entered-in-error"));
            self.none |= other;
            return if other { Ok(()) } else { Err(bad(name, yes)) };
        }
        let both = codes.iter().any(|code| code == yes) && codes.iter().any(|code| code == no);
        if !both {
            let said = codes.iter().any(|code| code == yes);
            self.none |= place(&mut self.wanted).is_some_and(|before| before != said);
            *place(&mut self.wanted) = Some(said);
        }
        Ok(())
    }
}

/// Reads the id of an Invoice: `inv-` and 32 hex digits.
fn key_of(id: &str) -> Option<RowKey> {
    let digits = id.strip_prefix("inv-").filter(|digits| digits.len() == 32 && digits.is_ascii())?;
    let mut key = [0; 16];
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(key)
}

fn cursor(text: &str) -> Option<After> {
    match text.split_once('~') {
        None => Some((text.parse().ok()?, None)),
        Some((month, id)) => Some((month.parse().ok()?, Some(key_of(&format!("inv-{id}"))?))),
    }
}
