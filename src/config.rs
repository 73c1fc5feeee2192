//! Settings: command line over environment over TOML file over defaults.
//!
//! Owns: the list of settings and their checks. Every bad setting is told in one error.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Whether figures may be fictional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Production,
    Demo,
}

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, as the structure asked for: demo mode on loopback only.
    Open,
    /// Nobody yet: clients with credentials are a later capability.
    Closed,
}

/// What a conditional delete does with several matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalDelete {
    /// Refuses them.
    Single,
    /// Deletes them all in one commit.
    Multiple,
}

impl ConditionalDelete {
    /// Answers the code of R4's conditional-delete-status.
    pub fn code(self) -> &'static str {
        match self {
            ConditionalDelete::Single => "single",
            ConditionalDelete::Multiple => "multiple",
        }
    }
}

/// The settings as text, from one source (command line and environment, or file).
#[derive(Clone, Debug, Default)]
pub struct RawSettings {
    pub bind: Option<String>,
    pub data_dir: Option<String>,
    pub mappings: Option<String>,
    pub profiles: Option<String>,
    pub structure: Option<String>,
    pub access: Option<String>,
    pub mode: Option<String>,
    pub tariff: Option<String>,
    pub sites: Option<Vec<String>>,
    pub base_url: Option<String>,
    pub max_body_mb: Option<String>,
    pub max_bundle_entries: Option<String>,
    pub max_sync_subjects: Option<String>,
    pub conditional_delete: Option<String>,
    pub cors_origin: Option<Vec<String>>,
    pub log: Option<String>,
    pub log_format: Option<String>,
    /// What could not be read at all; told with what does not check.
    pub faults: Vec<String>,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub bind: SocketAddr,
    pub data_dir: PathBuf,
    /// `None`: the files built into the binary.
    pub mappings: Option<PathBuf>,
    pub profiles: Option<PathBuf>,
    pub structure: String,
    pub access: Access,
    pub mode: Mode,
    pub tariff: Option<String>,
    pub sites: Vec<String>,
    /// Public base URL of links, without a slash at the end; `None`: the address listened on.
    pub base_url: Option<String>,
    pub max_body_bytes: usize,
    pub max_bundle_entries: usize,
    /// Patients that one direct answer is about at most; more are asked for with `Prefer: respond-async`.
    pub max_sync_subjects: usize,
    pub conditional_delete: ConditionalDelete,
    /// Origins whose pages may ask: `https://portal.example`, or `*`.
    pub cors_origins: Vec<String>,
    pub log: String,
    pub log_json: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Every bad setting, each with what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct BadSettings(pub Vec<String>);

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} setting(s) cannot be used:", self.0.len())?;
        self.0.iter().try_for_each(|line| writeln!(f, "  - {line}"))
    }
}

impl RawSettings {
    /// Reads a TOML file of settings. What cannot be read, an unknown name and a value of the wrong kind are
    /// among the faults.
    pub fn from_file(path: &Path) -> RawSettings {
        let mut read = RawSettings::default();
        match std::fs::read_to_string(path).map_err(|e| e.to_string()).and_then(|text| read.read(&text)) {
            Ok(()) => {}
            Err(fault) => read.faults.push(fault),
        }
        read.faults.iter_mut().for_each(|fault| *fault = format!("config file {}: {fault}", path.display()));
        read
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string().trim_end().to_owned())?;
        for (name, value) in table {
            match (self.text(&name), value) {
                (Some(setting), toml::Value::String(text)) => *setting = Some(text),
                (Some(setting), toml::Value::Integer(number)) => *setting = Some(number.to_string()),
                (Some(_), _) => self.faults.push(format!("{name}: a text or a number is expected")),
                (None, value) => self.read_list(&name, &value),
            }
        }
        Ok(())
    }

    fn read_list(&mut self, name: &str, value: &toml::Value) {
        let texts = || value.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect();
        let list = match name {
            "sites" => &mut self.sites,
            "cors-origin" => &mut self.cors_origin,
            _ => return self.faults.push(format!("{name}: there is no such setting")),
        };
        *list = texts();
        if list.is_none() {
            self.faults.push(format!("{name}: a list of texts is expected"));
        }
    }

    /// Answers where the setting of one value is kept.
    fn text(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "bind" => &mut self.bind,
            "data-dir" => &mut self.data_dir,
            "mappings" => &mut self.mappings,
            "profiles" => &mut self.profiles,
            "structure" => &mut self.structure,
            "access" => &mut self.access,
            "mode" => &mut self.mode,
            "tariff" => &mut self.tariff,
            "base-url" => &mut self.base_url,
            "max-body-mb" => &mut self.max_body_mb,
            "max-bundle-entries" => &mut self.max_bundle_entries,
            "max-sync-subjects" => &mut self.max_sync_subjects,
            "conditional-delete" => &mut self.conditional_delete,
            "log" => &mut self.log,
            "log-format" => &mut self.log_format,
            _ => return None,
        })
    }

    /// Answers these settings where given, else those of a file, where one is named.
    pub fn over_file(self, file: Option<&Path>) -> RawSettings {
        match file {
            Some(path) => self.or(RawSettings::from_file(path)),
            None => self,
        }
    }

    /// Answers these settings where given, else those of `lower`.
    pub fn or(self, lower: RawSettings) -> RawSettings {
        RawSettings {
            bind: self.bind.or(lower.bind),
            data_dir: self.data_dir.or(lower.data_dir),
            mappings: self.mappings.or(lower.mappings),
            profiles: self.profiles.or(lower.profiles),
            structure: self.structure.or(lower.structure),
            access: self.access.or(lower.access),
            mode: self.mode.or(lower.mode),
            tariff: self.tariff.or(lower.tariff),
            sites: self.sites.or(lower.sites),
            base_url: self.base_url.or(lower.base_url),
            max_body_mb: self.max_body_mb.or(lower.max_body_mb),
            max_bundle_entries: self.max_bundle_entries.or(lower.max_bundle_entries),
            max_sync_subjects: self.max_sync_subjects.or(lower.max_sync_subjects),
            conditional_delete: self.conditional_delete.or(lower.conditional_delete),
            cors_origin: self.cors_origin.or(lower.cors_origin),
            log: self.log.or(lower.log),
            log_format: self.log_format.or(lower.log_format),
            faults: [self.faults, lower.faults].concat(),
        }
    }

    /// Checks every setting and answers them all, or all that is wrong.
    pub fn check(self) -> Result<Settings, BadSettings> {
        let mut bad = self.faults;
        let bind = self.bind.as_deref().unwrap_or("127.0.0.1:8080");
        let address = bind.parse::<SocketAddr>();
        if address.is_err() {
            bad.push(format!("bind: '{bind}' is not an address and port such as 127.0.0.1:8080 or [::1]:8080"));
        }
        let mode = choice(
            "mode",
            self.mode.as_deref(),
            "production",
            &[("production", Mode::Production), ("demo", Mode::Demo)],
            &mut bad,
        );
        let access = choice(
            "access",
            self.access.as_deref(),
            "closed",
            &[("open", Access::Open), ("closed", Access::Closed)],
            &mut bad,
        );
        let log_json = log_format(self.log_format.as_deref(), &mut bad);
        let conditional_delete = conditional_delete(self.conditional_delete.as_deref(), &mut bad);
        if access == Some(Access::Open) {
            open_access_faults(mode, address.as_ref().ok(), &mut bad);
        }
        let structure = self.structure.unwrap_or_default();
        if !is_id(&structure) {
            bad.push(if structure.is_empty() {
                "structure: missing; give the id of your Organization, e.g. --structure cabinet-1".to_owned()
            } else {
                "structure: a FHIR id is 1 to 64 letters, digits, '-' and '.'".to_owned()
            });
        }
        for site in self.sites.iter().flatten().filter(|s| !is_id(s)) {
            bad.push(format!("sites: '{site}' is not a FHIR id"));
        }
        let mappings = folder("mappings", self.mappings, "mappings", &mut bad);
        let profiles = folder("profiles", self.profiles, "fhir-profiles", &mut bad);
        if let Some(file) = self.data_dir.as_deref().filter(|dir| Path::new(dir).is_file()) {
            bad.push(format!("data-dir: '{file}' is a file, not a folder"));
        }
        let max_body_mb = within("max-body-mb", self.max_body_mb, 64, 1..=1024, &mut bad);
        let max_bundle_entries = within("max-bundle-entries", self.max_bundle_entries, 10_000, 1..=1_000_000, &mut bad);
        let max_sync_subjects = within("max-sync-subjects", self.max_sync_subjects, 5_000, 1..=1_000_000, &mut bad);
        bad.extend(public_address_faults(self.base_url.as_deref(), self.cors_origin.as_deref()));
        match (address, mode, access, log_json.zip(conditional_delete)) {
            (Ok(bind), Some(mode), Some(access), Some((log_json, conditional_delete))) if bad.is_empty() => {
                Ok(Settings {
                    bind,
                    data_dir: self.data_dir.unwrap_or_else(|| "data".into()).into(),
                    mappings,
                    profiles,
                    structure,
                    access,
                    mode,
                    // Demo mode has a default pack whose amounts are invented; production has none.
                    tariff: self.tariff.or_else(|| (mode == Mode::Demo).then(|| "mtr-demo".to_owned())),
                    sites: self.sites.unwrap_or_default(),
                    base_url: self.base_url.map(|u| root_of(&u).to_owned()),
                    max_body_bytes: max_body_mb * 1024 * 1024,
                    max_bundle_entries,
                    max_sync_subjects,
                    conditional_delete,
                    cors_origins: self.cors_origin.unwrap_or_default(),
                    log: self.log.unwrap_or_else(|| "info".into()),
                    log_json,
                })
            }
            _ => Err(BadSettings(bad)),
        }
    }
}

/// Answers a public base URL without the path that every address of the API begins with.
pub fn root_of(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    url.strip_suffix("/fhir").unwrap_or(url)
}

fn public_address_faults(base_url: Option<&str>, origins: Option<&[String]>) -> Vec<String> {
    let url = base_url.filter(|u| !u.starts_with("http://") && !u.starts_with("https://"));
    let url = url.map(|url| format!("base-url: '{url}' does not begin with http:// or https://"));
    let origins = origins.unwrap_or_default().iter().filter(|origin| !is_origin(origin));
    let origins = origins
        .map(|origin| format!("cors-origin: '{origin}' is not an origin such as https://portal.example, nor '*'"));
    url.into_iter().chain(origins).collect()
}

fn open_access_faults(mode: Option<Mode>, address: Option<&SocketAddr>, bad: &mut Vec<String>) {
    if mode == Some(Mode::Production) {
        bad.push("access: 'open' lets everybody in and needs --mode demo".to_owned());
    }
    if address.is_some_and(|a| !a.ip().is_loopback()) {
        bad.push(
            "access: 'open' lets everybody in and needs a loopback address in --bind (127.0.0.1 or [::1])".to_owned(),
        );
    }
}

fn log_format(given: Option<&str>, bad: &mut Vec<String>) -> Option<LogFormat> {
    choice("log-format", given, "text", &[("text", LogFormat::Text), ("json", LogFormat::Json)], bad)
}

fn conditional_delete(given: Option<&str>, bad: &mut Vec<String>) -> Option<ConditionalDelete> {
    let choices = [ConditionalDelete::Single, ConditionalDelete::Multiple].map(|one| (one.code(), one));
    choice("conditional-delete", given, "single", &choices, bad)
}

fn choice<T: Copy + PartialEq>(
    name: &str,
    given: Option<&str>,
    default: &str,
    choices: &[(&str, T)],
    bad: &mut Vec<String>,
) -> Option<T> {
    let wanted = given.unwrap_or(default);
    let found = choices.iter().find(|(word, _)| *word == wanted).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        bad.push(format!("{name}: '{wanted}' is none of {}", words.join(", ")));
    }
    found
}

/// A folder that was named must exist; the default one is optional, the built-in files stand in.
fn folder(name: &str, given: Option<String>, default: &str, bad: &mut Vec<String>) -> Option<PathBuf> {
    match given {
        Some(path) => {
            let path = PathBuf::from(path);
            if !path.is_dir() {
                bad.push(format!("{name}: '{}' is not a folder", path.display()));
            }
            Some(path)
        }
        None => Some(PathBuf::from(default)).filter(|p| p.is_dir()),
    }
}

fn within(
    name: &str,
    given: Option<String>,
    default: usize,
    range: std::ops::RangeInclusive<usize>,
    bad: &mut Vec<String>,
) -> usize {
    let Some(given) = given else { return default };
    match given.trim().parse() {
        Ok(value) if range.contains(&value) => value,
        _ => {
            bad.push(format!("{name}: '{given}' is no whole number from {} to {}", range.start(), range.end()));
            default
        }
    }
}

/// Answers whether the text is an origin as browsers write it: scheme, host, port where it is not the usual one.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'[' | b']');
    text == "*" || host.is_some_and(|host| !host.is_empty() && host.bytes().all(plain))
}

/// Answers whether the text is a FHIR id that an address can hold: `.` and `..` are steps of a path.
pub fn is_id(text: &str) -> bool {
    !matches!(text, "." | "..")
        && (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(f: impl FnOnce(&mut RawSettings)) -> RawSettings {
        let mut settings = RawSettings { structure: Some("cabinet".into()), ..RawSettings::default() };
        f(&mut settings);
        settings
    }

    #[test]
    fn one_error_lists_every_bad_setting() {
        let bad = raw(|s| {
            s.bind = Some("nowhere".into());
            s.mode = Some("test".into());
            s.structure = Some("a b".into());
            s.max_body_mb = Some("0".into());
            s.conditional_delete = Some("several".into());
            s.mappings = Some("/does/not/exist".into());
        })
        .check()
        .unwrap_err();
        let told: Vec<&str> = bad.0.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(told, ["bind", "mode", "conditional-delete", "structure", "mappings", "max-body-mb"]);
    }

    #[test]
    fn open_access_needs_demo_mode_and_loopback() {
        let cases = [
            ("demo", "127.0.0.1:0", 0),
            ("demo", "[::1]:0", 0),
            ("demo", "0.0.0.0:80", 1),
            ("production", "127.0.0.1:0", 1),
            ("production", "0.0.0.0:80", 2),
        ];
        for (mode, bind, faults) in cases {
            let result = raw(|s| {
                s.mode = Some(mode.into());
                s.bind = Some(bind.into());
                s.access = Some("open".into());
            })
            .check();
            assert_eq!(result.err().map_or(0, |b| b.0.len()), faults, "{mode} {bind}");
        }
    }

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_nothing_more() {
        for good in ["*", "https://portal.example", "http://localhost:3000", "http://[::1]:3000"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in
            ["", "portal.example", "https://", "https://portal.example/", "https://a.example/x", "ftp://a.example"]
        {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn a_public_base_url_may_be_told_as_clients_write_it() {
        for told in [
            "https://x.example/mtr",
            "https://x.example/mtr/",
            "https://x.example/mtr/fhir",
            "https://x.example/mtr/fhir/",
        ] {
            let settings = raw(|s| s.base_url = Some(told.into())).check().unwrap();
            assert_eq!(settings.base_url.as_deref(), Some("https://x.example/mtr"), "{told}");
        }
    }

    #[test]
    fn production_has_no_default_tariff() {
        assert_eq!(raw(|_| {}).check().unwrap().tariff, None);
        assert_eq!(raw(|s| s.mode = Some("demo".into())).check().unwrap().tariff.as_deref(), Some("mtr-demo"));
    }

    #[test]
    fn every_fault_of_the_file_is_told_with_what_does_not_check() {
        let mut read = RawSettings::default();
        read.read("binnd = \"x\"\nmode = true\nsites = [1]\nmax-body-mb = 3\nlog = \"warn\"\ncors-origin = [\"*\"]")
            .unwrap();
        assert_eq!(read.faults.len(), 3, "{:?}", read.faults);
        assert_eq!((read.max_body_mb.as_deref(), read.log.as_deref()), (Some("3"), Some("warn")));
        assert_eq!(read.cors_origin, Some(vec!["*".to_owned()]));
        assert!(RawSettings::default().read("bind = ").is_err());
        let absent = RawSettings::from_file(Path::new("/no/such/file.toml"));
        let here = RawSettings { max_body_mb: Some("ten".into()), ..RawSettings::default() };
        let bad = here.or(absent).or(read).check().unwrap_err();
        let told: Vec<&str> = bad.0.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(told, ["config file /no/such/file.toml", "binnd", "mode", "sites", "structure", "max-body-mb"]);
    }
}
