use super::*;

const LIMIT: usize = 10_000;

fn patched(target: &str, patch: &str) -> Result<String, PatchFault> {
    apply(target.as_bytes(), patch.as_bytes(), LIMIT).map(|out| String::from_utf8(out).unwrap())
}

#[test]
fn each_operation_does_what_rfc_6902_says() {
    let cases = [
        (r#"{"a":1}"#, r#"[{"op":"add","path":"/b","value":[1.10,"x"]}]"#, r#"{"a":1,"b":[1.10,"x"]}"#),
        (r#"{"a":1}"#, r#"[{"op":"add","path":"/a","value":2}]"#, r#"{"a":2}"#),
        (r#"{"a":[1,2]}"#, r#"[{"op":"add","path":"/a/1","value":9}]"#, r#"{"a":[1,9,2]}"#),
        (r#"{"a":[1,2]}"#, r#"[{"op":"add","path":"/a/2","value":9}]"#, r#"{"a":[1,2,9]}"#),
        (r#"{"a":[1,2]}"#, r#"[{"op":"add","path":"/a/-","value":{"b":null}}]"#, r#"{"a":[1,2,{"b":null}]}"#),
        (r#"{"a":1,"b":2}"#, r#"[{"op":"remove","path":"/a"}]"#, r#"{"b":2}"#),
        (r#"{"a":[1,2]}"#, r#"[{"op":"remove","path":"/a/0"}]"#, r#"{"a":[2]}"#),
        (r#"{"a":1.10,"b":2}"#, r#"[{"op":"replace","path":"/b","value":3}]"#, r#"{"a":1.10,"b":3}"#),
        (r#"{"a":{"b":1},"c":{}}"#, r#"[{"op":"move","from":"/a/b","path":"/c/d"}]"#, r#"{"c":{"d":1}}"#),
        (r#"{"a":[1,2,3]}"#, r#"[{"op":"move","from":"/a/0","path":"/a/2"}]"#, r#"{"a":[2,3,1]}"#),
        (r#"{"a":{"b":1}}"#, r#"[{"op":"copy","from":"/a","path":"/c"}]"#, r#"{"a":{"b":1},"c":{"b":1}}"#),
        (
            r#"{"a/b":1,"m~n":2}"#,
            r#"[{"op":"remove","path":"/a~1b"},{"op":"test","path":"/m~0n","value":2}]"#,
            r#"{"m~n":2}"#,
        ),
        (r#"{"":1,"a":2}"#, r#"[{"op":"replace","path":"/","value":3}]"#, r#"{"":3,"a":2}"#),
        (r#"{"a":1}"#, r#"[{"op":"replace","path":"","value":{"b":2}}]"#, r#"{"b":2}"#),
        (r#"{"a":1}"#, r#"[{"op":"move","from":"/a","path":"/a"}]"#, r#"{"a":1}"#),
        (r#"{"a":1}"#, " [ ] ", r#"{"a":1}"#),
        (r#"{"a":1}"#, r#"[{"op":"add","path":"/é","value":"\u00e9","from":0,"x":1}]"#, r#"{"a":1,"é":"\u00e9"}"#),
    ];
    for (target, patch, want) in cases {
        assert_eq!(patched(target, patch).as_deref(), Ok(want), "{patch}");
    }
}

#[test]
fn a_test_compares_values_and_not_their_writing() {
    let target = r#"{"n":1.10,"s":"é","o":{"a":1,"b":[true,null]},"big":12345678901234567890.5}"#;
    let equal = [
        ("/n", "1.1"),
        ("/n", "110e-2"),
        ("/s", "\"\\u00e9\""),
        ("/o", r#"{"b":[true,null],"a":1.0}"#),
        ("/big", "12345678901234567890.5"),
    ];
    for (path, value) in equal {
        let patch = format!(r#"[{{"op":"test","path":"{path}","value":{value}}}]"#);
        assert_eq!(patched(target, &patch).as_deref(), Ok(target), "{patch}");
    }
    for (path, value) in
        [("/n", "\"1.1\""), ("/s", "\"e\""), ("/o", r#"{"a":1}"#), ("/o/b", "[null,true]"), ("/n", "null")]
    {
        let patch = format!(r#"[{{"op":"test","path":"{path}","value":{value}}}]"#);
        assert!(matches!(fault(target, &patch), (0, OperationFault::TestFailed)), "{patch}");
    }
}

fn fault(target: &str, patch: &str) -> (usize, OperationFault) {
    match patched(target, patch) {
        Err(PatchFault::Operation { operation, kind, .. }) => (operation, kind),
        other => panic!("{patch}: {other:?}"),
    }
}

#[test]
fn what_cannot_be_applied_is_told_with_its_operation() {
    use OperationFault as Fault;
    let cases = [
        (r#"[{"op":"nothing","path":"/a"}]"#, 0, Fault::Unknown),
        (r#"[{"path":"/a"}]"#, 0, Fault::Unknown),
        ("[1]", 0, Fault::Unknown),
        (r#"[{"op":"remove"}]"#, 0, Fault::Member("path")),
        (r#"[{"op":"remove","path":3}]"#, 0, Fault::Member("path")),
        (r#"[{"op":"add","path":"/b"}]"#, 0, Fault::Member("value")),
        (r#"[{"op":"move","path":"/b"}]"#, 0, Fault::Member("from")),
        (r#"[{"op":"remove","path":"a"}]"#, 0, Fault::Pointer),
        (r#"[{"op":"remove","path":"/a~2"}]"#, 0, Fault::Pointer),
        (r#"[{"op":"remove","path":"/a~"}]"#, 0, Fault::Pointer),
        (r#"[{"op":"remove","path":"/b"}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"replace","path":"/b","value":1}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"remove","path":""}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"add","path":"/b/c","value":1}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"add","path":"/l/3","value":1}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"add","path":"/l/01","value":1}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"remove","path":"/l/-"}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"remove","path":"/l/+1"}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"test","path":"/b","value":null}]"#, 0, Fault::NoTarget),
        (r#"[{"op":"remove","path":"/a"},{"op":"test","path":"/a","value":1}]"#, 1, Fault::NoTarget),
        (r#"[{"op":"move","from":"/o","path":"/o/p/q"}]"#, 0, Fault::IntoItself),
        (r#"[{"op":"copy","from":"/b","path":"/c"}]"#, 0, Fault::NoTarget),
    ];
    for (patch, operation, kind) in cases {
        assert_eq!(fault(r#"{"a":1,"l":[1,2],"o":{"p":{}}}"#, patch), (operation, kind), "{patch}");
    }
}

#[test]
fn what_is_no_patch_is_told_as_a_whole() {
    assert_eq!(patched("{}", r#"{"op":"add"}"#), Err(PatchFault::NotAnArray));
    let Err(PatchFault::Json(fault)) = patched("{}", "[{]") else { panic!("no fault") };
    assert_eq!((fault.line, fault.column), (1, 3), "the place in the patch as it was sent");
    for broken in ["", "[", "[1", "nothing", "[1,]", r#"[{"op":"add","op":"add"}]"#, "[] x"] {
        assert!(matches!(patched("{}", broken), Err(PatchFault::Json(_))), "{broken}");
    }
    let many = format!("[{}1]", "1,".repeat(OPERATIONS_LIMIT));
    assert_eq!(patched("{}", &many), Err(PatchFault::TooMany { count: OPERATIONS_LIMIT + 1 }));
}

#[test]
fn what_becomes_empty_is_left_out() {
    let patch = r#"[{"op":"remove","path":"/name/0/given/0"},{"op":"remove","path":"/link/0"}]"#;
    let target = r#"{"name":[{"given":["a"]}],"link":[1],"x":1}"#;
    assert_eq!(patched(target, patch).as_deref(), Ok(r#"{"x":1}"#));
    let again = r#"[{"op":"remove","path":"/link/0"},{"op":"add","path":"/link/0","value":2}]"#;
    assert_eq!(patched(r#"{"link":[1]}"#, again).as_deref(), Ok(r#"{"link":[2]}"#));
}

#[test]
fn copies_of_copies_end_at_the_limit() {
    let doubled = r#"{"op":"copy","from":"/a","path":"/a/-"},"#.repeat(100);
    let patch = format!("[{}]", doubled.trim_end_matches(','));
    assert!(matches!(fault(r#"{"a":["0123456789"]}"#, &patch), (_, OperationFault::TooLarge)));
    let nested = r#"{"op":"copy","from":"/a","path":"/a/b"},"#.repeat(200);
    let patch = format!("[{}]", nested.trim_end_matches(','));
    assert!(matches!(fault(r#"{"a":{}}"#, &patch), (_, OperationFault::TooLarge)));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(patch in "[\\[\\]{}\",:0-9a-z/~ -]{0,60}") {
        let _ = apply(br#"{"a":{"b":[1,{"c":2.50}]}}"#, patch.as_bytes(), LIMIT);
        let _ = crate::fhir::json::pretty(patch.as_bytes());
    }

    #[test]
    fn operations_in_any_order_leave_json_or_nothing(
        operations in proptest::collection::vec((0..6usize, 0..9usize, 0..9usize), 0..12)
    ) {
        let paths = ["", "/a", "/a/b", "/a/b/0", "/a/b/-", "/a/b/1/c", "/d", "/d/0", "/a/b/9"];
        let names = ["add", "remove", "replace", "move", "copy", "test"];
        let written: Vec<String> = operations.iter().map(|(op, path, from)| format!(
            r#"{{"op":"{}","path":"{}","from":"{}","value":{{"x":[1.50,"{from}"]}}}}"#, names[*op], paths[*path], paths[*from]
        )).collect();
        let target = r#"{"a":{"b":[1,{"c":2.50}]}}"#;
        if let Ok(out) = patched(target, &format!("[{}]", written.join(","))) {
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{}", out);
        }
    }
}
