//! What one value asks, by the form its parameter and modifier give it.

use super::Asked;
use super::Reading;
use crate::fhir::facts::HashKey;
use crate::fhir::facts::identity::normal;
use crate::fhir::search::dates;
use crate::fhir::search::extract::Form;
use crate::fhir::search::extract::typed_key;
use crate::fhir::search::fault::SearchFault;
use crate::fhir::search::quantity;
use crate::fhir::search::query::Test;
use crate::fhir::search::syntax::bars;
use crate::fhir::search::syntax::split;
use crate::fhir::search::syntax::token;
use crate::fhir::search::syntax::unescaped;
use crate::fhir::search::table::Shape;
use crate::fhir::search::text::folded;
use crate::fhir::search::token::Place;
use crate::fhir::search::token::Token;
use crate::fhir::search::token::asked_identifier;
use crate::fhir::search::token::coding_key;

impl Reading<'_> {
    pub(super) fn test(&self, asked: Asked<'_>, form: Form, value: &str) -> Result<Test, SearchFault> {
        let name = asked.parameter.name;
        let bad = |form| SearchFault::BadValue { name, form };
        let key = self.reader.context.key;
        match (form, asked.modifier) {
            (_, Some("in" | "not-in")) => {
                let url = unescaped(value);
                let members = (self.reader.value_sets)(&url).ok_or(SearchFault::UnknownValueSet { name })?;
                return Ok(Test::Member(members));
            }
            (_, Some("contains")) => {
                let part = folded(&unescaped(value)).ok_or(bad("string"))?;
                return Ok(Test::Contains(part.into_bytes().into()));
            }
            (_, Some("below")) => return Ok(Test::Begins(unescaped(value).into_bytes().into())),
            (_, Some("above")) => return Ok(Test::RootOf(unescaped(value).into_bytes().into())),
            (Form::Exact, _) => return Ok(Test::Exact(unescaped(value).into_bytes().into())),
            (Form::Words, _) => {
                return Ok(Test::Begins(folded(&unescaped(value)).ok_or(bad("string"))?.into_bytes().into()));
            }
            (Form::Identifier, _) => return identifier(value, key).ok_or(bad("token")),
            (Form::OfType, _) => {
                let parts = bars(value);
                let [system, code, number] = parts.as_slice() else { return Err(bad("token system|code|value")) };
                let (_, number) = normal("", number);
                return Ok(Test::Exact(typed_key(system, code, &number, self.reader.context).as_slice().into()));
            }
            _ => {}
        }
        self.usual(asked.parameter.shape, value).map_err(bad)
    }

    /// Reads a value by the type of its parameter; answers the form it should have otherwise.
    fn usual(&self, shape: Shape, value: &str) -> Result<Test, &'static str> {
        match shape {
            Shape::Date => {
                let (prefix, interval) = dates::asked(&unescaped(value)).ok_or("date")?;
                Ok(Test::Date(prefix, interval))
            }
            Shape::Identifier => identifier(value, self.reader.context.key).ok_or("token"),
            Shape::Code(_) | Shape::Contact(_) | Shape::Deceased => token(value).and_then(|t| coded(&t)).ok_or("token"),
            Shape::Text => {
                let start = folded(&unescaped(value)).ok_or("string")?;
                Ok(Test::Begins(start.into_bytes().into()))
            }
            Shape::Quantity => {
                let asked = quantity::asked(&bars(value))?;
                Ok(Test::Quantity(Box::new(asked)))
            }
            Shape::Uri | Shape::Canonical => {
                let uri = bars(value).join("|");
                let versioned = uri.contains('|');
                let uri = uri.into_bytes().into();
                Ok(if versioned { Test::Exact(uri) } else { Test::Canonical(uri) })
            }
            Shape::Pair(pair) => match split(value, '$').as_slice() {
                [first, second] if !first.trim().is_empty() && !second.trim().is_empty() => {
                    let sides = (self.usual(pair.first.shape, first)?, self.usual(pair.second.shape, second)?);
                    Ok(Test::Pair(Box::new(sides)))
                }
                _ => Err("composite a$b"),
            },
            Shape::Reference(_) => Err("reference"),
        }
    }
}

fn identifier(value: &str, key: &HashKey) -> Option<Test> {
    let (place, part) = asked_identifier(&token(value)?, key);
    Some(match place {
        Place::Whole => Test::Exact(part),
        Place::Start => Test::Begins(part),
        Place::End => Test::Ends(part),
    })
}

fn coded(token: &Token) -> Option<Test> {
    Some(match token {
        Token::Any(code) => Test::Begins(coding_key("", code)?),
        Token::Exact(system, code) => Test::Exact(coding_key(system, code)?),
        Token::System(system) => Test::Ends(coding_key(system, "")?),
    })
}
