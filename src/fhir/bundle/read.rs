//! Reading a Bundle: its type, its entries, and every fault of every entry at once.

use super::Bundle;
use super::BundleFault;
use super::BundleFaultKind as Kind;
use super::Entry;
use super::Method;
use super::Mode;
use super::RequestUrl;
use super::UrlFault;
use super::WholeFault;
use super::plan::key;
use crate::domain::fact;
use crate::fhir::json::DEPTH_LIMIT;
use crate::fhir::json::Elements;
use crate::fhir::json::Members;
use crate::fhir::json::check;
use crate::fhir::json::count_elements;
use crate::fhir::json::decode;
use crate::fhir::references::Form;
use crate::fhir::references::form;
use crate::fhir::validate::resource_type;
use std::borrow::Cow;
use std::collections::HashSet;

/// Levels a Bundle adds around a resource: the Bundle, the array, the entry.
const LEVELS_AROUND: usize = 3;

/// What a Bundle may hold (bundle.html), extended primitives (`_type`) left aside.
const MEMBERS: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "implicitRules",
    "language",
    "identifier",
    "type",
    "timestamp",
    "total",
    "link",
    "entry",
    "signature",
];

/// Reads a transaction or batch of at most `entry_limit` entries. `base` is our public base URL.
pub fn read<'a>(bytes: &'a [u8], base: &str, entry_limit: usize) -> Result<Bundle<'a>, WholeFault> {
    // Elements are parted by commas: only where there are as many is it worth telling them apart.
    if memchr::memchr_iter(b',', bytes).count() >= entry_limit {
        let count = count_elements(bytes, "entry");
        if count > entry_limit {
            return Err(WholeFault::TooManyEntries { count, limit: entry_limit });
        }
    }
    check(bytes, DEPTH_LIMIT + LEVELS_AROUND, "Bundle").map_err(WholeFault::Json)?;
    let members: Vec<(Cow<'a, str>, &'a [u8])> = Members::of(bytes).collect();
    let member = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
    match member("resourceType").and_then(text).as_deref() {
        Some("Bundle") => {}
        Some(other) => return Err(WholeFault::NotABundle(named(Some(other)))),
        None => return Err(WholeFault::NoResourceType),
    }
    if let Some((name, _)) = members.iter().find(|(name, _)| !MEMBERS.contains(&name.trim_start_matches('_'))) {
        return Err(WholeFault::UnknownElement(element(name).to_owned()));
    }
    let mode = match member("type").and_then(text).as_deref() {
        Some("transaction") => Mode::Transaction,
        Some("batch") => Mode::Batch,
        Some(_) => return Err(WholeFault::TypeNotSupported),
        None => return Err(WholeFault::NoType),
    };
    let entries = match member("entry") {
        None => Vec::new(),
        Some(array) if array.starts_with(b"[") => {
            Elements::of(array).enumerate().map(|(index, bytes)| entry(index, bytes, base)).collect()
        }
        Some(_) => return Err(WholeFault::EntryNotAnArray),
    };
    let mut bundle = Bundle { mode, entries };
    across(&mut bundle);
    Ok(bundle)
}

fn text(literal: &[u8]) -> Option<Cow<'_, str>> {
    literal.starts_with(b"\"").then(|| decode(literal))
}

/// The members of one entry as they were sent, with the faults met so far.
struct Reader<'a> {
    index: usize,
    faults: Vec<BundleFault>,
    full_url: Option<Cow<'a, str>>,
    resource: Option<&'a [u8]>,
    request: Request<'a>,
}

#[derive(Default)]
struct Request<'a> {
    method: Option<Method>,
    url: Option<RequestUrl>,
    if_none_exist: Option<Cow<'a, str>>,
    if_match: Option<Cow<'a, str>>,
    if_none_match: Option<Cow<'a, str>>,
    if_modified_since: Option<Cow<'a, str>>,
}

fn entry<'a>(index: usize, bytes: &'a [u8], base: &str) -> Result<Entry<'a>, Vec<BundleFault>> {
    let request = Request::default();
    let mut reader = Reader { index, faults: Vec::new(), full_url: None, resource: None, request };
    if !bytes.starts_with(b"{") {
        return Err(vec![BundleFault::new(index, Kind::WrongType, "")]);
    }
    let mut requested = false;
    for (name, value) in Members::of(bytes) {
        match &*name {
            "fullUrl" => reader.full_url = reader.text_at(value, ".fullUrl"),
            "resource" => reader.read_resource(value),
            "request" => {
                requested = true;
                reader.read_request(value, base);
            }
            // Said by servers in their own Bundles: of no effect here, and no reason to refuse.
            "link" | "search" | "response" | "id" | "_id" | "extension" | "_fullUrl" => {}
            _ => reader.fault(Kind::UnknownElement, &format!(".{}", element(&name))),
        }
    }
    if !requested {
        reader.fault(Kind::NoRequest, ".request");
    }
    reader.finish()
}

/// Answers a type of FHIR as it is named, `?` for any other word: that may be anything.
fn named(sent: Option<&str>) -> &'static str {
    sent.and_then(resource_type).unwrap_or("?")
}

/// Answers a member name fit for an expression.
fn element(name: &str) -> &str {
    let fit = name.len() <= 64 && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fit { name } else { "?" }
}

impl<'a> Reader<'a> {
    fn fault(&mut self, kind: Kind, below: &str) {
        self.faults.push(BundleFault::new(self.index, kind, below));
    }

    fn text_at(&mut self, value: &'a [u8], below: &str) -> Option<Cow<'a, str>> {
        let found = text(value);
        if found.is_none() {
            self.fault(Kind::WrongType, below);
        }
        found
    }

    fn read_resource(&mut self, value: &'a [u8]) {
        match value.first() {
            Some(b'{') => self.resource = Some(value),
            // Null is as good as absent: whether a resource is needed, the method tells.
            Some(b'n') => {}
            _ => self.fault(Kind::WrongType, ".resource"),
        }
    }

    fn read_request(&mut self, value: &'a [u8], base: &str) {
        if !value.starts_with(b"{") {
            return self.fault(Kind::WrongType, ".request");
        }
        let (mut has_method, mut has_url) = (false, false);
        for (name, value) in Members::of(value) {
            match &*name {
                "method" => {
                    has_method = true;
                    if let Some(text) = self.text_at(value, ".request.method") {
                        self.request.method = Method::from_name(&text);
                        if self.request.method.is_none() {
                            self.fault(Kind::UnknownMethod, ".request.method");
                        }
                    }
                }
                "url" => {
                    has_url = true;
                    if let Some(text) = self.text_at(value, ".request.url") {
                        self.read_url(&text, base);
                    }
                }
                "ifNoneExist" => self.request.if_none_exist = self.text_at(value, ".request.ifNoneExist"),
                "ifMatch" => self.request.if_match = self.text_at(value, ".request.ifMatch"),
                "ifNoneMatch" => self.request.if_none_match = self.text_at(value, ".request.ifNoneMatch"),
                "ifModifiedSince" => self.request.if_modified_since = self.text_at(value, ".request.ifModifiedSince"),
                "id" | "extension" => {}
                other if other.starts_with('_') => {}
                other => self.fault(Kind::UnknownElement, &format!(".request.{}", element(other))),
            }
        }
        if !has_method {
            self.fault(Kind::NoMethod, ".request.method");
        }
        if !has_url {
            self.fault(Kind::NoUrl, ".request.url");
        }
    }

    fn read_url(&mut self, text: &str, base: &str) {
        match RequestUrl::read(text, base) {
            Ok(url) => self.request.url = Some(url),
            Err(UrlFault::Shape) => self.fault(Kind::BadUrl, ".request.url"),
            Err(UrlFault::Foreign) => self.fault(Kind::ForeignUrl, ".request.url"),
        }
    }

    fn finish(mut self) -> Result<Entry<'a>, Vec<BundleFault>> {
        self.check_full_url();
        if let (Some(method), Some(url)) = (self.request.method, self.request.url.clone()) {
            self.check_url(method, &url);
            self.check_resource(method, &url);
        }
        let empty = |condition: &Cow<'_, str>| condition.trim_start_matches('?').is_empty();
        if self.request.if_none_exist.as_ref().is_some_and(empty) {
            self.fault(Kind::EmptyCondition, ".request.ifNoneExist");
        }
        let Request { method, url, if_none_exist, if_match, if_none_match, if_modified_since } = self.request;
        match (method, url) {
            (Some(method), Some(url)) if self.faults.is_empty() => Ok(Entry {
                index: self.index,
                full_url: self.full_url,
                resource: self.resource,
                method,
                url,
                if_none_exist: if_none_exist.map(without_mark),
                if_match,
                if_none_match,
                if_modified_since,
            }),
            _ => Err(self.faults),
        }
    }

    fn check_full_url(&mut self) {
        let Some(full_url) = &self.full_url else { return };
        let good = match form(full_url) {
            Form::Urn | Form::Absolute => true,
            Form::Rest { target, .. } => target.version.is_none(),
            _ => false,
        };
        if !good {
            self.fault(Kind::BadFullUrl, ".fullUrl");
        }
    }

    fn check_url(&mut self, method: Method, url: &RequestUrl) {
        let fits = match method {
            Method::Get | Method::Head => true,
            // POST to an operation or to _search is for the caller to accept or not.
            Method::Post => url.is_type() || url.operation.as_deref().is_some_and(|o| o != "_history"),
            Method::Put | Method::Patch | Method::Delete => url.is_instance() || url.is_conditional(),
        };
        let accepted = url.resource_type.as_deref().is_none_or(|t| fact::Kind::from_name(t).is_some());
        if !fits {
            self.fault(Kind::UrlNotForMethod, ".request.url");
        } else if method.writes() && url.operation.is_none() && !accepted {
            self.fault(Kind::TypeNotAccepted(named(url.resource_type.as_deref())), ".request.url");
        }
    }

    fn check_resource(&mut self, method: Method, url: &RequestUrl) {
        if method == Method::Post && url.operation.as_deref() == Some("_search") && self.resource.is_some() {
            // Criteria stand in the address: passed over, a resource would make the search find everything.
            return self.fault(Kind::TypeMismatch("_search", "?"), ".resource.resourceType");
        }
        if !matches!(method, Method::Post | Method::Put | Method::Patch) || url.operation.is_some() {
            return;
        }
        let Some(resource) = self.resource else { return self.fault(Kind::NoResource, ".resource") };
        if method == Method::Patch {
            return;
        }
        let (mut resource_type, mut id) = (None, None);
        for (name, value) in Members::of(resource) {
            match &*name {
                "resourceType" => resource_type = text(value),
                "id" => id = text(value),
                _ => {}
            }
            // No member is there twice, and these two are mostly the first.
            if resource_type.is_some() && id.is_some() {
                break;
            }
        }
        match resource_type {
            None => self.fault(Kind::NoResourceType, ".resource.resourceType"),
            Some(t) if url.resource_type.as_deref() != Some(&*t) => {
                let fault = Kind::TypeMismatch(named(url.resource_type.as_deref()), named(Some(&*t)));
                self.fault(fault, ".resource.resourceType");
            }
            Some(_) => {}
        }
        if method == Method::Put && url.is_instance() && url.id.as_deref() != id.as_deref() {
            self.fault(Kind::IdMismatch, ".resource.id");
        }
    }
}

/// ifNoneExist is sent with and without its question mark.
fn without_mark(condition: Cow<'_, str>) -> Cow<'_, str> {
    match condition.strip_prefix('?') {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => condition,
    }
}

/// Finds what is wrong between entries; the later entry has the fault.
fn across(bundle: &mut Bundle<'_>) {
    let mode = bundle.mode;
    let mut full_urls: HashSet<String> = HashSet::new();
    let mut written: HashSet<String> = HashSet::new();
    let mut conditions: HashSet<String> = HashSet::new();
    for slot in &mut bundle.entries {
        let Ok(entry) = slot else { continue };
        let mut faults = Vec::new();
        if entry.full_url.as_ref().is_some_and(|url| !full_urls.insert(key(url))) {
            faults.push(BundleFault::new(entry.index, Kind::DuplicateFullUrl, ".fullUrl"));
        }
        // In a batch each entry stands alone: two writes of one resource are two writes.
        if mode == Mode::Transaction && entry.method.writes() {
            if identity(entry).is_some_and(|identity| !written.insert(identity)) {
                faults.push(BundleFault::new(entry.index, Kind::SameIdentity, ".request.url"));
            }
            if let Some((condition, below)) = condition(entry)
                && !conditions.insert(condition)
            {
                faults.push(BundleFault::new(entry.index, Kind::SameCondition, below));
            }
        }
        if !faults.is_empty() {
            *slot = Err(faults);
        }
    }
}

/// Answers the `Type/id` an entry writes, when its URL says it.
fn identity(entry: &Entry<'_>) -> Option<String> {
    let (resource_type, id) = (entry.url.resource_type.as_deref()?, entry.url.id.as_deref()?);
    Some(format!("{resource_type}/{id}"))
}

fn condition(entry: &Entry<'_>) -> Option<(String, &'static str)> {
    let resource_type = entry.url.resource_type.as_deref()?;
    match (&entry.if_none_exist, &entry.url.query) {
        (Some(condition), _) if entry.method == Method::Post => {
            Some((format!("{resource_type}?{condition}"), ".request.ifNoneExist"))
        }
        (_, Some(query)) if entry.url.is_conditional() => Some((format!("{resource_type}?{query}"), ".request.url")),
        _ => None,
    }
}
