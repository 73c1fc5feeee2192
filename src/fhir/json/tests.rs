use super::*;
use proptest::prelude::*;

fn back(text: &str) -> String {
    let scanned = scan(text.as_bytes()).unwrap();
    let id = scanned.id.as_deref().unwrap_or("x");
    String::from_utf8(render(&scanned.resource_type, id, 3, "2026-01-02T03:04:05.000000Z", &scanned.body)).unwrap()
}

const SET: &str = r#""meta":{"versionId":"3","lastUpdated":"2026-01-02T03:04:05.000000Z""#;

#[test]
fn what_was_sent_comes_back_with_what_the_server_sets() {
    let cases = [
        (r#"{"resourceType":"Patient"}"#, format!(r#"{{"resourceType":"Patient","id":"x",{SET}}}}}"#)),
        (
            "\u{feff} { \"id\" : \"a\" , \"active\" : true,\n \"resourceType\":\"Patient\" } \n",
            format!(r#"{{"resourceType":"Patient","id":"a",{SET}}},"active":true}}"#),
        ),
        (
            r#"{"resourceType":"Observation","valueQuantity":{"value" : 1.10,"x":[1e2, -0.0 ,1E+05]},"id":"b",
                "meta":{"versionId":"9", "tag":[ {"code":"\u00e9\n"} ],"lastUpdated":"no","_versionId":{"id":"z"}},"a":[ ],"b":{ }}"#,
            format!(
                "{{\"resourceType\":\"Observation\",\"id\":\"b\",{SET},\"tag\":[{{\"code\":\"\\u00e9\\n\"}}],\
                 \"_versionId\":{{\"id\":\"z\"}}}},\"valueQuantity\":{{\"value\":1.10,\"x\":[1e2,-0.0,1E+05]}},\
                 \"a\":[],\"b\":{{}}}}"
            ),
        ),
        (
            r#"{"meta":{},"resourceType":"Flag","contained":[{"resourceType":"Patient","id":"p","meta":{"versionId":"1"}}]}"#,
            format!(
                r#"{{"resourceType":"Flag","id":"x",{SET}}},"contained":[{{"resourceType":"Patient","id":"p","meta":{{"versionId":"1"}}}}]}}"#
            ),
        ),
    ];
    for (sent, want) in cases {
        assert_eq!(back(sent), want, "{sent}");
    }
}

#[test]
fn each_fault_has_its_kind_and_its_place() {
    use JsonFaultKind::*;
    let deep = format!("{{\"resourceType\":\"Patient\",\"x\":{}", "[".repeat(10_000));
    let cases: Vec<(&[u8], JsonFaultKind, &str, u32, u32)> = vec![
        (b"", NotJson, "Resource", 1, 1),
        (b"hello", NotJson, "Resource", 1, 1),
        (b"[]", NotAnObject, "Resource", 1, 1),
        (b" 12", NotAnObject, "Resource", 1, 2),
        (b"{}", NoResourceType, "Resource", 1, 1),
        (br#"{"resourceType":5}"#, NoResourceType, "Resource", 1, 1),
        (b"{\"resourceType\":\"Patient\"}\n {}", TrailingData, "Patient", 2, 2),
        (
            br#"{"resourceType":"Patient","name":[{},{"given":["A","B"],"given":[]}]}"#,
            DuplicateMember,
            "Patient.name[1].given",
            1,
            57,
        ),
        (br#"{"resourceType":"Patient","a":1,"\u0061":2}"#, DuplicateMember, "Patient.a", 1, 33),
        (br#"{"resourceType":"Patient","id":"a","id":"b"}"#, DuplicateMember, "Patient.id", 1, 36),
        (b"{\"resourceType\":\"Patient\",\n\"gender\":nul}", NotJson, "Patient.gender", 2, 10),
        (br#"{"resourceType":"Patient","a":01}"#, NotJson, "Patient.a", 1, 32),
        (br#"{"resourceType":"Patient","a":1.}"#, NotJson, "Patient.a", 1, 33),
        (br#"{"resourceType":"Patient","a":[1,]}"#, NotJson, "Patient.a[1]", 1, 34),
        (br#"{"resourceType":"Patient","a":1,}"#, NotJson, "Patient.a", 1, 33),
        (br#"{"resourceType":"Patient","a":"\ud800"}"#, NotJson, "Patient.a", 1, 32),
        (br#"{"resourceType":"Patient","a":"\x"}"#, NotJson, "Patient.a", 1, 32),
        (b"{\"resourceType\":\"Patient\",\"a\":\"\t\"}", NotJson, "Patient.a", 1, 32),
        (b"{\"resourceType\":\"Patient\",\"a\":\"\xff\"}", NotUtf8, "Resource", 1, 32),
        (br#"{"resourceType":"Patient","a":1e999}"#, NumberOutOfRange, "Patient.a", 1, 31),
        (br#"{"resourceType":"Patient","jean dupont":{"a":1,"a":1}}"#, DuplicateMember, "Patient.?.a", 1, 48),
        (br#"{"resourceType":"Patient""#, NotJson, "Patient.resourceType", 1, 26),
    ];
    for (bytes, kind, expression, line, column) in cases {
        let fault = scan(bytes).unwrap_err();
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(
            (fault.kind, fault.expression().as_str(), fault.line, fault.column),
            (kind, expression, line, column),
            "{shown}"
        );
    }
    assert_eq!(scan(deep.as_bytes()).unwrap_err().kind, TooDeep);
    let fault = scan(br#"{"resourceType":"Patient","a":1,"a":1}"#).unwrap_err().within("Bundle.entry[3].resource");
    assert_eq!(fault.expression(), "Bundle.entry[3].resource.a");
}

#[test]
fn the_last_accepted_depth_is_the_limit() {
    let nested =
        |n: usize| format!("{{\"resourceType\":\"Patient\",\"x\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
    let at_limit = nested(DEPTH_LIMIT);
    assert!(scan(at_limit.as_bytes()).is_ok());
    assert!(parse(at_limit.as_bytes()).is_ok());
    assert_eq!(scan(nested(DEPTH_LIMIT + 1).as_bytes()).unwrap_err().kind, JsonFaultKind::TooDeep);
}

#[test]
fn a_duplicate_among_many_members_is_found() {
    let members: Vec<String> = (0..5000).map(|n| format!("\"m{n}\":{n}")).collect();
    let fine = format!("{{\"resourceType\":\"Patient\",{}}}", members.join(","));
    assert!(scan(fine.as_bytes()).is_ok());
    let twice = format!("{{\"resourceType\":\"Patient\",{},\"m17\":0}}", members.join(","));
    assert_eq!(scan(twice.as_bytes()).unwrap_err().expression(), "Patient.m17");
}

#[test]
fn what_may_not_stand_in_a_string_is_found_at_any_place() {
    let filler = "aé \u{7f}\u{20}\u{1f600}!#[]{}~".repeat(3);
    let places: Vec<usize> = filler.char_indices().map(|(at, _)| at).collect();
    for at in places {
        for bad in ['\u{0}', '\u{1f}', '\n', '"', '\\'] {
            let mut text = filler.clone();
            text.insert(at, bad);
            let sent = format!("{{\"resourceType\":\"Patient\",\"a\":\"{text}\"}}");
            assert!(scan(sent.as_bytes()).is_err(), "{at} {bad:?}");
        }
    }
    let sent = format!("{{\"resourceType\":\"Patient\",\"{filler}\":\"{filler}\"}}");
    assert!(back(&sent).ends_with(&format!(",\"{filler}\":\"{filler}\"}}")));
}

#[test]
fn sameness_is_of_what_is_said() {
    let cases = [
        (
            r#"{"resourceType":"P","a":1,"b":[{"x":"é","y":2}]}"#,
            r#"{"b":[{"y":2,"x":"\u00e9"}],"resourceType":"P","a":1}"#,
            true,
        ),
        (r#"{"resourceType":"P","a":1.10}"#, r#"{"resourceType":"P","a":1.1}"#, false),
        (r#"{"resourceType":"P","a":[1,2]}"#, r#"{"resourceType":"P","a":[2,1]}"#, false),
        (r#"{"resourceType":"P","a":[1,2]}"#, r#"{"resourceType":"P","a":[1,2,3]}"#, false),
        (r#"{"resourceType":"P","a":1}"#, r#"{"resourceType":"P","a":1,"b":2}"#, false),
        (r#"{"resourceType":"P","id":"1","meta":{"versionId":"4"}}"#, r#"{"resourceType":"P","id":"2"}"#, true),
        (
            r#"{"resourceType":"P","meta":{"tag":[],"source":"s"}}"#,
            r#"{"resourceType":"P","meta":{"source":"s","tag":[]}}"#,
            true,
        ),
        (r#"{"resourceType":"P","meta":{"source":"s"}}"#, r#"{"resourceType":"P","source":"s"}"#, false),
        (r#"{"resourceType":"P","a":null}"#, r#"{"resourceType":"P","a":"null"}"#, false),
    ];
    for (one, other, want) in cases {
        let (one, other) = (scan(one.as_bytes()).unwrap().body, scan(other.as_bytes()).unwrap().body);
        assert_eq!(same(&one, &other), want);
        assert_eq!(same(&other, &one), want);
    }
}

#[test]
fn entries_are_counted_on_bytes_nothing_has_checked() {
    let cases: [(&[u8], usize); 6] = [
        (br#"{"entry":[{},{"a":"]}"},{}]}"#, 3),
        (br#"{"type":"x","entry": [ ]}"#, 0),
        (br#"{"entry":{}}"#, 0),
        (b"junk", 0),
        (br#"{"entry":[{},{},"#, 2),
        (br#"{"entry":[[[[["#, 1),
    ];
    for (bytes, want) in cases {
        assert_eq!(walk::count_elements(bytes, "entry"), want, "{}", String::from_utf8_lossy(bytes));
    }
}

/// A JSON value with its numbers as text, and one odd way of writing it.
#[derive(Clone, Debug)]
enum Tree {
    Word(&'static str),
    Number(String),
    Text(String),
    List(Vec<Tree>),
    Members(Vec<(String, Tree)>),
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["null", "true", "false"]).prop_map(Tree::Word),
        r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?".prop_map(Tree::Number),
        any::<String>().prop_map(Tree::Text),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
            prop::collection::vec((any::<String>(), inner), 0..20).prop_map(|members| Tree::Members(distinct(members))),
        ]
    })
}

fn distinct(members: Vec<(String, Tree)>) -> Vec<(String, Tree)> {
    let mut seen = std::collections::HashSet::new();
    members.into_iter().filter(|(name, _)| seen.insert(name.clone())).collect()
}

/// Writes the tree with blanks and escapes drawn from `odd`.
fn write(tree: &Tree, odd: &mut dyn FnMut() -> u8, out: &mut String) {
    blanks(odd, out);
    match tree {
        Tree::Word(word) => out.push_str(word),
        Tree::Number(text) => out.push_str(text),
        Tree::Text(text) => write_text(text, odd, out),
        Tree::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, odd, out);
            }
            blanks(odd, out);
            out.push(']');
        }
        Tree::Members(members) => {
            out.push('{');
            for (n, (name, value)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                blanks(odd, out);
                write_text(name, odd, out);
                blanks(odd, out);
                out.push(':');
                write(value, odd, out);
            }
            blanks(odd, out);
            out.push('}');
        }
    }
    blanks(odd, out);
}

fn blanks(odd: &mut dyn FnMut() -> u8, out: &mut String) {
    out.push_str(["", "", "", " ", "\n", "\t\r ", "  "][usize::from(odd() % 7)]);
}

fn write_text(text: &str, odd: &mut dyn FnMut() -> u8, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if c < ' ' || c == '"' || c == '\\' || odd().is_multiple_of(5) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('"');
}

/// Reads JSON into a tree, by a way of its own: the reference the scanner is held against.
fn read(value: &serde_json::value::RawValue) -> Tree {
    let text = value.get().trim();
    match text.as_bytes()[0] {
        b'{' => {
            let members: Vec<(String, Tree)> = serde_json::from_str::<Ordered>(text).unwrap().0;
            Tree::Members(members)
        }
        b'[' => {
            let items: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(text).unwrap();
            Tree::List(items.iter().map(|i| read(i)).collect())
        }
        b'"' => Tree::Text(serde_json::from_str(text).unwrap()),
        b'n' => Tree::Word("null"),
        b't' => Tree::Word("true"),
        b'f' => Tree::Word("false"),
        _ => Tree::Number(text.to_owned()),
    }
}

struct Ordered(Vec<(String, Tree)>);

impl<'de> serde::Deserialize<'de> for Ordered {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Ordered, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Ordered;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<serde_json::value::RawValue>>()? {
                    members.push((name, read(&value)));
                }
                Ok(Ordered(members))
            }
        }
        d.deserialize_map(Visit)
    }
}

fn plain(tree: &Tree) -> String {
    let mut out = String::new();
    write(tree, &mut || 1, &mut out);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_json_comes_back_equal_numbers_by_text(
        members in prop::collection::vec((any::<String>(), trees()), 0..8),
        meta in prop::option::of(prop::collection::vec((any::<String>(), trees()), 0..4)),
        at in 0usize..9,
        odds in prop::collection::vec(any::<u8>(), 64),
    ) {
        let server = ["resourceType", "id", "meta"];
        let kept: Vec<(String, Tree)> =
            distinct(members).into_iter().filter(|(name, _)| !server.contains(&name.as_str())).collect();
        let kept_meta: Vec<(String, Tree)> = distinct(meta.clone().unwrap_or_default());
        let mut sent = kept.clone();
        sent.insert(at.min(sent.len()), ("resourceType".into(), Tree::Text("Basic".into())));
        if meta.is_some() {
            sent.insert((at * 7 % 9).min(sent.len()), ("meta".into(), Tree::Members(kept_meta.clone())));
        }
        let mut turn = 0;
        let mut odd = || { turn += 1; odds[turn % odds.len()].wrapping_add((turn / 64) as u8) };
        let mut text = String::new();
        write(&Tree::Members(sent), &mut odd, &mut text);

        let scanned = scan(text.as_bytes()).unwrap();
        prop_assert_eq!(scanned.id, None);
        let served = String::from_utf8(render("Basic", "i", 1, "now", &scanned.body)).unwrap();
        let mut want_meta = vec![("versionId".to_owned(), Tree::Text("1".into())), ("lastUpdated".into(), Tree::Text("now".into()))];
        want_meta.extend(kept_meta);
        let mut want = vec![
            ("resourceType".to_owned(), Tree::Text("Basic".into())),
            ("id".into(), Tree::Text("i".into())),
            ("meta".into(), Tree::Members(want_meta)),
        ];
        want.extend(kept);
        let raw: Box<serde_json::value::RawValue> = serde_json::from_str(&served).unwrap();
        prop_assert_eq!(plain(&read(&raw)), plain(&Tree::Members(want)));

        let again = scan(served.as_bytes()).unwrap();
        prop_assert!(same(&again.body, &scanned.body));
        prop_assert_eq!(again.body, scanned.body);
    }

    #[test]
    fn arbitrary_bytes_are_judged_as_the_common_parser_judges_them(bytes in prop::collection::vec(prop::sample::select(
        b"{}[]\",:\\ \n0123456789.-+eEtrufalsn\"\"{}resourceType\xc3\xa9".to_vec()), 0..40)) {
        let ours = check(&bytes, 100, "X").is_ok();
        let theirs = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).is_ok();
        // The common parser keeps the last of two members of one name; nothing else may differ.
        let twice = check(&bytes, 100, "X").is_err_and(|f| f.kind == JsonFaultKind::DuplicateMember);
        prop_assert!(ours == theirs || twice, "{:?}", String::from_utf8_lossy(&bytes));
    }
}
