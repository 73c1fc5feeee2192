//! Help, exit codes, and settings from the command line, the environment and a file.

use crate::harness::Gateway;
use crate::harness::run;
use std::fs;

const SUBCOMMANDS: [&str; 8] = ["serve", "demo", "check", "import", "explain", "verify", "rebuild", "health"];

#[test]
fn help_is_worth_reading() {
    let help = run(&["--help"]).expect(0);
    for subcommand in SUBCOMMANDS {
        assert!(help.out.contains(subcommand), "{subcommand} in {}", help.out);
        let own = run(&[subcommand, "--help"]).expect(0);
        assert!(own.out.contains("Usage:"), "{}", own.out);
    }
    assert!(help.out.contains("Exit codes"), "{}", help.out);
    let serve = run(&["serve", "--help"]).expect(0).out;
    for option in [
        "--bind",
        "--data-dir",
        "--mappings",
        "--profiles",
        "--structure",
        "--access",
        "--mode",
        "--tariff",
        "MTR_BIND",
    ] {
        assert!(serve.contains(option), "{option} in {serve}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(run(&["--version"]).expect(0).out.trim(), format!("mtr-gateway {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn unusable_arguments_end_with_2() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["serve", "--nonsense"],
        &["import"],
        &["explain"],
        &["explain", "p"],
        &["explain", "p", "--month", "octobre"],
        &["demo", "--as-of", "hier"],
        &["demo", "--patients", "0"],
    ] {
        let told = run(arguments).expect(2);
        assert!(!told.err.is_empty() && told.out.is_empty(), "{arguments:?}: {told:?}");
    }
}

#[test]
fn one_error_lists_every_bad_setting() {
    let told = run(&[
        "serve",
        "--bind",
        "nowhere",
        "--mode",
        "test",
        "--access",
        "ajar",
        "--structure",
        "a b",
        "--mappings",
        "/no/such/folder",
        "--profiles",
        "/no/such/folder",
        "--max-body-mb",
        "0",
        "--max-bundle-entries",
        "ten",
        "--config",
        "/no/such/file.toml",
        "--tariff",
        "mtr-dem",
        "--data-dir",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        "--base-url",
        "ftp://x",
        "--log-format",
        "xml",
        "--sites",
        "a b",
    ])
    .expect(2);
    for setting in [
        "bind",
        "mode",
        "access",
        "structure",
        "mappings",
        "profiles",
        "max-body-mb",
        "max-bundle-entries",
        "data-dir",
        "config file /no/such/file.toml",
        "base-url",
        "log-format",
        "sites",
    ] {
        assert!(told.err.contains(&format!("- {setting}:")), "{setting} in {}", told.err);
    }
}

#[test]
fn a_tariff_is_judged_by_rules_that_can_be_read() {
    let told =
        |more: &[&str]| run(&[&["serve", "--mode", "test", "--tariff", "mtr-dem"][..], more].concat()).expect(2).err;
    assert!(told(&[]).contains("- tariff: 'mtr-dem' is none of fmt-2026, mtr-demo"), "{}", told(&[]));
    let unread = told(&["--mappings", "/no/such/folder"]);
    assert!(unread.contains("- mappings:") && !unread.contains("- tariff:"), "{unread}");
}

#[test]
fn open_access_needs_demonstration_and_loopback() {
    let open = |more: &[&str]| {
        run(&[&["serve", "--structure", "cabinet", "--access", "open"][..], more].concat()).expect(2).err
    };
    assert!(open(&["--bind", "127.0.0.1:0"]).contains("demo"));
    assert!(open(&["--bind", "0.0.0.0:0", "--mode", "demo"]).contains("loopback"));
    assert!(run(&["serve"]).expect(2).err.contains("structure"));
}

/// The structure's Organization is created at start: it tells which setting won.
#[track_caller]
fn speaks_for(gateway: &Gateway, structure: &str) {
    let organization = gateway.client().found(&format!("/Organization/{structure}"));
    assert_eq!(organization["id"], structure);
}

const OPEN: [&str; 7] = ["serve", "--bind", "127.0.0.1:0", "--mode", "demo", "--access", "open"];

#[test]
fn the_command_line_wins_over_the_environment_and_the_environment_over_the_file() {
    let start = |arguments: &[&str], environment: &[(&str, &str)]| {
        let home = tempfile::tempdir().unwrap();
        fs::write(
            home.path().join("mtr.toml"),
            "structure = \"of-the-file\"\ndata-dir = \"here\"\nmax-bundle-entries = 7\n",
        )
        .unwrap();
        Gateway::run(home, &[&OPEN[..], arguments].concat(), environment)
    };
    let file = start(&["--config", "mtr.toml"], &[]);
    speaks_for(&file, "of-the-file");
    assert!(file.folder().join("here").join("journal").is_dir());
    assert!(file.client().get("/metadata").text().contains('7'));
    speaks_for(
        &start(&[], &[("MTR_CONFIG", "mtr.toml"), ("MTR_STRUCTURE", "of-the-environment")]),
        "of-the-environment",
    );
    let both = start(
        &["--config", "mtr.toml", "--structure", "of-the-line"],
        &[("MTR_STRUCTURE", "of-the-environment"), ("MTR_DATA_DIR", "there")],
    );
    speaks_for(&both, "of-the-line");
    assert!(both.folder().join("there").join("journal").is_dir());
}

#[test]
fn everything_can_be_said_by_the_environment() {
    let environment = [
        ("MTR_BIND", "127.0.0.1:0"),
        ("MTR_DATA_DIR", "d"),
        ("MTR_STRUCTURE", "cabinet"),
        ("MTR_MODE", "demo"),
        ("MTR_ACCESS", "open"),
        ("MTR_TARIFF", "fmt-2026"),
        ("MTR_BASE_URL", "https://passerelle.example/"),
        ("MTR_LOG_FORMAT", "json"),
    ];
    let gateway = Gateway::run(tempfile::tempdir().unwrap(), &["serve"], &environment);
    speaks_for(&gateway, "cabinet");
    let found = gateway.client().found("/Organization?identifier=x");
    assert!(
        found["link"][0]["url"].as_str().unwrap().starts_with("https://passerelle.example/fhir/Organization"),
        "{found}"
    );
    let line = gateway.log().lines().find(|l| l.starts_with('{')).unwrap().to_owned();
    serde_json::from_str::<serde_json::Value>(&line).unwrap();
}

#[test]
fn a_file_with_an_unknown_setting_or_no_file_ends_with_2() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mtr.toml");
    fs::write(&path, "structur = \"x\"\n").unwrap();
    let told = run(&["serve", "--config", &path.to_string_lossy()]).expect(2);
    assert!(told.err.contains("structur") && told.err.contains("mtr.toml"), "{}", told.err);
    run(&["serve", "--config", "/no/such/file.toml"]).expect(2);
}

#[test]
fn an_address_in_use_is_told() {
    let gateway = Gateway::start(&[]);
    let address = gateway.client().base().replace("http://", "");
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("d").to_string_lossy().into_owned();
    let told = run(&["serve", "--bind", &address, "--data-dir", &data, "--structure", "cabinet"]).expect(3);
    assert!(told.err.contains(&address), "{}", told.err);
}

#[test]
fn health_ends_with_0_only_when_it_is_ready() {
    let mut gateway = Gateway::start(&[]);
    let base = gateway.client().base();
    run(&["health", "--server", &base]).expect(0);
    gateway.terminate();
    let told = run(&["health", "--server", &base]).expect(3);
    assert!(!told.err.is_empty());
}
