//! What a value set holds: systems as a whole, codes, beginnings of codes.

use serde_json::{Value, json};

/// The members of one value set, by system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub includes: Vec<Include>,
}

/// The members out of one system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Include {
    pub system: Box<str>,
    pub what: What,
    pub codes: Vec<Member>,
    /// Beginnings of codes: each stands for itself and all below it.
    pub prefixes: Vec<Member>,
    /// Codes are compared without dots and in upper case.
    pub dotless: bool,
}

/// How much of its system an include takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum What {
    Whole,
    #[default]
    Listed,
}

/// One code of a value set.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub code: Box<str>,
    pub display: Option<Box<str>>,
    /// The code was not found in what its system publishes: a reading of ours.
    pub unverified: bool,
}

impl Content {
    /// Reads the content of a ValueSet whose `compose` names whole systems and lists codes, which is
    /// all that files of the profiles folder do.
    pub fn of_compose(value_set: &Value) -> Content {
        let includes = value_set.pointer("/compose/include").and_then(Value::as_array);
        let include = |json: &Value| {
            let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).map(Into::into);
            let listed = json.get("concept").and_then(Value::as_array);
            let member = |concept: &Value| {
                Some(Member { code: text(concept, "code")?, display: text(concept, "display"), unverified: false })
            };
            Some(Include {
                system: text(json, "system")?,
                what: if listed.is_some() { What::Listed } else { What::Whole },
                codes: listed.into_iter().flatten().filter_map(member).collect(),
                ..Include::default()
            })
        };
        Content { includes: includes.into_iter().flatten().filter_map(include).collect() }
    }

    /// Answers the include of a system, made when there is none.
    pub fn of_system(&mut self, system: &str, dotless: bool) -> Option<&mut Include> {
        let at = self.includes.iter().position(|i| &*i.system == system).unwrap_or_else(|| {
            self.includes.push(Include { system: system.into(), dotless, ..Include::default() });
            self.includes.len() - 1
        });
        self.includes.get_mut(at)
    }

    /// Answers `ValueSet.compose` (valueset.html#compositions).
    pub fn compose(&self) -> Value {
        let mut out = Vec::new();
        for include in &self.includes {
            if !include.codes.is_empty() {
                let concepts: Vec<Value> = include.codes.iter().map(concept).collect();
                out.push(json!({"system": include.system, "concept": concepts}));
            }
            if !include.prefixes.is_empty() {
                let filter = json!({"property": "code", "op": "regex", "value": include.pattern()});
                out.push(json!({"system": include.system, "filter": [filter]}));
            }
        }
        json!({"include": out})
    }
}

impl Include {
    /// Answers the member a code is, or falls under.
    pub fn find(&self, code: &str) -> Option<&Member> {
        let code = self.normal(code);
        let exact = self.codes.iter().find(|m| self.normal(&m.code) == code);
        exact.or_else(|| self.prefixes.iter().find(|m| code.starts_with(&self.normal(&m.code))))
    }

    fn normal(&self, code: &str) -> String {
        match self.dotless {
            true => code.replace('.', "").to_ascii_uppercase(),
            false => code.to_owned(),
        }
    }

    /// Answers the regular expression of all that begins with one of the prefixes. CIM-10 is written
    /// with and without the dot after the third character: both are meant.
    fn pattern(&self) -> String {
        let one = |member: &Member| {
            if self.dotless {
                let code = self.normal(&member.code);
                return match code.split_at_checked(3) {
                    Some((category, rest)) if !rest.is_empty() => format!("{category}\\.?{rest}"),
                    _ => code,
                };
            }
            member.code.chars().fold(String::new(), |mut out, c| {
                if !c.is_ascii_alphanumeric() && c != '-' {
                    out.push('\\');
                }
                out.push(c);
                out
            })
        };
        let all: Vec<String> = self.prefixes.iter().map(one).collect();
        format!("({}).*", all.join("|"))
    }
}

fn concept(member: &Member) -> Value {
    let mut out = json!({"code": member.code});
    if let Some(display) = &member.display {
        out["display"] = Value::from(&**display);
    }
    if member.unverified {
        out["extension"] = json!([super::value_sets::rule_status("interpretation")]);
    }
    out
}
