//! What was acknowledged is there after anything short of losing the journal itself.

use crate::harness;
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::run;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const WRITERS: usize = 16;
const IN_ONE: usize = 5;

/// Answers the five resources of one transaction: a patient and what belongs to him.
fn five(name: &str) -> Vec<Value> {
    let mut all = vec![make::patient(name, "male", "1980-01-01")];
    all.extend((1..IN_ONE).map(|n| make::condition(&format!("{name}-{n}"), name, "I10", "2020")));
    all
}

/// Pushes transactions from sixteen writers until the gateway is killed after `enough` were
/// acknowledged; answers the names acknowledged, and those nobody heard of.
fn load_and_kill(gateway: &mut Gateway, round: usize, enough: usize) -> (Vec<String>, Vec<String>) {
    let acknowledged = Mutex::new(Vec::new());
    let unheard = Mutex::new(Vec::new());
    let count = AtomicUsize::new(0);
    let client = gateway.client();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (client, acknowledged, unheard, count) = (&client, &acknowledged, &unheard, &count);
            scope.spawn(move || {
                for n in 0.. {
                    let name = format!("r{round}-w{writer}-{n}");
                    match client.try_post("", &make::transaction(&five(&name))) {
                        Some(answer) => {
                            assert_eq!(answer.status, 200, "{}", answer.text());
                            acknowledged.lock().unwrap().push(name);
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                        None => {
                            unheard.lock().unwrap().push(name);
                            return;
                        }
                    }
                }
            });
        }
        while count.load(Ordering::Relaxed) < enough {
            std::thread::sleep(Duration::from_millis(2));
        }
        gateway.kill9();
    });
    (acknowledged.into_inner().unwrap(), unheard.into_inner().unwrap())
}

/// Answers how many of the five are there.
fn present(client: &Client, name: &str) -> usize {
    five(name).iter().filter(|resource| client.get(&make::path(resource)).status == 200).count()
}

#[test]
fn killed_under_load_it_has_every_acknowledged_write_and_nothing_half() {
    let mut gateway = Gateway::start(&[]);
    let mut acknowledged = Vec::new();
    let mut unheard = Vec::new();
    for round in 0..3 {
        let (told, lost) = load_and_kill(&mut gateway, round, 100);
        acknowledged.extend(told);
        unheard.extend(lost);
        gateway.start_again();
    }
    let client = gateway.client();
    assert!(acknowledged.len() >= 300);
    for name in &acknowledged {
        assert_eq!(present(&client, name), IN_ONE, "{name} was acknowledged");
    }
    let mut written = 0;
    for name in &unheard {
        let there = present(&client, name);
        assert!(there == 0 || there == IN_ONE, "{name}: {there} of {IN_ONE}");
        written += there / IN_ONE;
    }
    let patients = client.found("/Patient?_count=1")["total"].as_u64().unwrap();
    assert_eq!(patients as usize, acknowledged.len() + written);
    assert_eq!(gateway.terminate(), Some(0));
    run(&["verify", "--data-dir", &gateway.data_dir().to_string_lossy()]).expect(0);
}

/// A gateway that holds some patients and was stopped.
fn stopped(patients: usize) -> Gateway {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&make::professionals());
    for n in 0..patients {
        client.push(&make::and(
            make::man(&format!("p{n}"), "1980-01-01"),
            vec![make::condition(&format!("p{n}-c"), &format!("p{n}"), "F32.0", "2020")],
        ));
    }
    assert_eq!(gateway.terminate(), Some(0), "{}", gateway.log());
    gateway
}

/// Answers what a client can see of them.
fn seen(client: &Client, patients: usize) -> Vec<Value> {
    (0..patients)
        .flat_map(|n| {
            [
                client.found(&format!("/Patient/p{n}")),
                client.found(&format!("/Condition?patient=p{n}"))["entry"][0]["resource"].clone(),
                client.found(&format!("/Patient?identifier={}%7CN-p{n}", make::IPP))["total"].clone(),
                client.found(&format!("/Patient/p{n}/$forfait?month=2025-12")),
            ]
        })
        .collect()
}

fn last_segment(gateway: &Gateway) -> PathBuf {
    let mut segments: Vec<PathBuf> = fs::read_dir(gateway.data_dir().join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "seg"))
        .collect();
    segments.sort();
    segments.pop().unwrap()
}

/// Where the records of a segment end, told by their lengths (a checksum may end in a zero byte):
/// what follows is room kept free.
fn written_end(bytes: &[u8]) -> usize {
    const SEGMENT_HEADER: usize = 64;
    const FIXED_CHAIN_AND_CRC: usize = 36 + 32 + 4;
    let mut end = SEGMENT_HEADER;
    while bytes[end..].starts_with(b"MTRr") {
        let payload = u32::from_le_bytes(bytes[end + 8..end + 12].try_into().unwrap()) as usize;
        end += FIXED_CHAIN_AND_CRC + usize::from(bytes[end + 6]) + payload;
    }
    end
}

#[test]
fn a_torn_tail_is_cut_kept_aside_and_told() {
    for garbage in [vec![0xA5; 100], b"MTRr\x01\x01\x00".to_vec(), vec![0x00, 0x00, 0x7F]] {
        let mut gateway = stopped(3);
        let segment = last_segment(&gateway);
        let mut bytes = fs::read(&segment).unwrap();
        let end = written_end(&bytes);
        bytes.truncate(end);
        bytes.extend(&garbage);
        fs::write(&segment, bytes).unwrap();
        gateway.start_again();
        let client = gateway.client();
        assert_eq!(seen(&client, 3).len(), 12);
        let names: Vec<String> = fs::read_dir(gateway.data_dir().join("journal"))
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert!(names.iter().any(|n| n.ends_with(".torn")), "{garbage:?}: {names:?}");
        assert!(gateway.log().contains("torn"), "{}", gateway.log());
        client.store(&make::patient("after", "male", "1980-01-01"));
        gateway.restart();
        gateway.client().get("/Patient/after").expect(200);
    }
}

#[test]
fn a_flipped_byte_in_the_middle_stops_it_with_the_place() {
    let mut gateway = stopped(12);
    let segment = last_segment(&gateway);
    let good = fs::read(&segment).unwrap();
    let end = written_end(&good);
    for part in [2, 3, 5, 7, 8] {
        let mut bytes = good.clone();
        bytes[end * part / 10] ^= 0x10;
        fs::write(&segment, &bytes).unwrap();
        let (code, told) = gateway.refuses_to_start();
        assert_eq!(code, Some(3), "{told}");
        assert!(told.contains("segment") && told.contains("offset"), "{told}");
        assert_eq!(fs::read(&segment).unwrap(), bytes, "nothing is changed");
        let verified = run(&["verify", "--data-dir", &gateway.data_dir().to_string_lossy()]).expect(1);
        assert!(verified.err.contains("segment") && verified.err.contains("offset"), "{verified:?}");
    }
    fs::write(&segment, &good).unwrap();
    gateway.start_again();
    assert_eq!(seen(&gateway.client(), 12).len(), 48);
}

/// Does this to the stopped gateway's cache, starts it, and expects the same answers as before.
#[track_caller]
fn survives(harm: impl Fn(&Path)) {
    let mut gateway = stopped(4);
    gateway.start_again();
    let before = seen(&gateway.client(), 4);
    assert_eq!(gateway.terminate(), Some(0));
    harm(&gateway.data_dir().join("cache"));
    gateway.start_again();
    let client = gateway.client();
    assert_eq!(seen(&client, 4), before);
    client.store(&make::patient("after", "male", "1980-01-01"));
    gateway.restart();
    gateway.client().get("/Patient/after").expect(200);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_deleted_cache_is_made_again() {
    survives(|cache| fs::remove_dir_all(cache).unwrap());
}

#[test]
fn a_cache_whose_bytes_were_changed_is_made_again() {
    survives(|cache| {
        for file in files(&cache.join("sled")) {
            let mut bytes = fs::read(&file).unwrap();
            for n in (0..bytes.len()).step_by(97) {
                bytes[n] ^= 0x5A;
            }
            fs::write(file, bytes).unwrap();
        }
    });
}

#[test]
fn a_cache_whose_files_were_emptied_is_made_again() {
    survives(|cache| files(&cache.join("sled")).iter().for_each(|file| fs::write(file, b"").unwrap()));
}

#[test]
fn a_cache_half_of_which_is_gone_is_made_again() {
    survives(|cache| files(&cache.join("sled")).iter().for_each(|file| fs::remove_file(file).unwrap()));
}

#[test]
fn a_second_process_on_the_directory_is_told_so() {
    let gateway = Gateway::start(&[]);
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let second = run(&[
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--data-dir",
        &data,
        "--structure",
        "cabinet",
        "--mode",
        "demo",
        "--access",
        "open",
    ])
    .expect(3);
    assert!(second.err.contains("in use"), "{}", second.err);
    run(&["rebuild", "--data-dir", &data]).expect(3);
    run(&["verify", "--data-dir", &data]).expect(0);
    gateway.client().get("/metadata").expect(200);
}

#[test]
fn asked_to_stop_it_finishes_what_is_under_way() {
    let mut gateway = Gateway::start(&[]);
    let body = make::patient("p", "male", "1980-01-01").to_string();
    let address = gateway.client().base().replace("http://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let (first, second) = body.split_at(body.len() / 2);
    write!(stream, "PUT /fhir/Patient/p HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{first}", body.len()).unwrap();
    // The request must have been begun before the signal: another one was answered meanwhile.
    gateway.client().get("/metadata").expect(200);
    std::thread::sleep(Duration::from_millis(300));
    gateway.signal("TERM");
    gateway.wait_until_logged("stopping");
    stream.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer:?}");
    assert_eq!(gateway.wait_for_end(), Some(0), "{}", gateway.log());
    gateway.start_again();
    gateway.client().get("/Patient/p").expect(200);
}

#[test]
fn asked_to_stop_under_load_it_keeps_every_acknowledged_write() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    let acknowledged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (client, acknowledged) = (&client, &acknowledged);
            scope.spawn(move || {
                for n in 0.. {
                    let name = format!("w{writer}-{n}");
                    match client.try_post("", &make::transaction(&five(&name))) {
                        Some(answer) if answer.status == 200 => acknowledged.lock().unwrap().push(name),
                        // 503 while it stops, or nobody there any more.
                        _ => return,
                    }
                }
            });
        }
        while acknowledged.lock().unwrap().len() < 40 {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(gateway.terminate(), Some(0), "{}", gateway.log());
    });
    gateway.start_again();
    let client = gateway.client();
    for name in acknowledged.into_inner().unwrap() {
        assert_eq!(present(&client, &name), IN_ONE, "{name}");
    }
}

#[test]
fn interrupted_from_the_keyboard_it_stops_cleanly_too() {
    let mut gateway = Gateway::start(&[]);
    gateway.signal("INT");
    assert_eq!(gateway.wait_for_end(), Some(0), "{}", gateway.log());
}

#[test]
fn what_was_sent_is_the_same_after_a_restart() {
    let mut gateway = Gateway::start(&[]);
    let text = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"urn:local","code":"x"}],"text":"\u00e9\ud83d\ude00"},
        "subject":{"reference":"Patient/later"},"effectiveDateTime":"2025-01-02","valueQuantity":{"value":1.10,"unit":"g"}}"#;
    gateway.client().send("PUT", "/Observation/o", &[], text.as_bytes()).expect(201);
    gateway.client().store(&make::with(make::patient("q", "male", "1980-01-01"), json!({"language": "fr"})));
    gateway.client().delete("/Patient/q").expect(204);
    let before = gateway.client().get("/Observation/o").body;
    gateway.restart();
    let client = gateway.client();
    assert_eq!(client.get("/Observation/o").body, before);
    assert_eq!(client.get("/Observation/o").tree().sent(), harness::Tree::parse(text));
    client.get("/Patient/q").expect(410);
    assert_eq!(client.found("/Patient/q/_history/1")["language"], "fr");
    // The next version follows, and the resource that waited finds its patient.
    assert_eq!(client.store(&make::patient("q", "male", "1980-01-01")).version(), 3);
    client.store(&make::patient("later", "male", "1980-01-01"));
    assert_eq!(client.found("/Observation?patient=later")["total"], 1);
}

#[test]
fn verify_and_rebuild_say_what_they_did() {
    let mut gateway = stopped(2);
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let verified = run(&["verify", "--data-dir", &data]).expect(0);
    assert!(verified.out.contains("ok"), "{}", verified.out);
    let rebuilt = run(&["rebuild", "--data-dir", &data]).expect(0);
    assert!(!rebuilt.out.is_empty());
    gateway.start_again();
    assert_eq!(seen(&gateway.client(), 2).len(), 8);
    run(&["verify", "--data-dir", &data]).expect(0);
    let nowhere = gateway.folder().join("nowhere").to_string_lossy().into_owned();
    run(&["verify", "--data-dir", &nowhere]).expect(3);
}

/// Posts the closing of a month, and kills the gateway after this part of the time a dry run took.
/// Answers whether the closing was acknowledged.
fn close_and_kill(gateway: &mut Gateway, month: &str, part: u32) -> bool {
    let client = gateway.client();
    let closing = |dry: bool| {
        json!({"resourceType": "Parameters", "parameter": [
            {"name": "month", "valueString": month}, {"name": "dryRun", "valueBoolean": dry}]})
    };
    let begun = std::time::Instant::now();
    client.post("/Organization/cabinet/$close-month", &closing(true)).expect(200);
    let took = begun.elapsed();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| client.try_post("/Organization/cabinet/$close-month", &closing(false)));
        std::thread::sleep(took * part / 10);
        gateway.kill9();
        asked.join().unwrap().is_some_and(|answer| answer.status == 200)
    })
}

#[test]
fn killed_in_the_middle_of_closing_the_month_is_open_or_closed() {
    const PATIENTS: usize = 60;
    let mut gateway = stopped(PATIENTS);
    gateway.start_again();
    let months: Vec<String> = (1..=9).map(|n| format!("2026-{n:02}")).collect();
    let mut open = 0;
    for part in [2, 6, 8, 9, 10, 11, 12, 14, 20, 40] {
        let Some(month) = months.get(open) else { break };
        let acknowledged = close_and_kill(&mut gateway, month, part);
        run(&["verify", "--data-dir", &gateway.data_dir().to_string_lossy()]).expect(0);
        gateway.start_again();
        let client = gateway.client();
        let all = client.found(&format!("/Invoice?date={month}&_count=500"));
        let invoices: Vec<&Value> = all["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect();
        assert_eq!(invoices.len(), PATIENTS + 1, "{month}");
        let issued = invoices.iter().filter(|invoice| invoice["status"] == "issued").count();
        assert!(issued == 0 || issued == PATIENTS + 1, "{month}: {issued} are issued");
        assert!(!acknowledged || issued > 0, "{month} was acknowledged");
        // 8.40 + 9.99 of each.
        assert_eq!(invoices[0]["totalNet"]["value"], json!(1103.4), "{month}");
        open += usize::from(issued > 0);
    }
    assert!(open > 0, "no closing came through");
    for month in &months[open..] {
        let close = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": month}]});
        gateway.client().post("/Organization/cabinet/$close-month", &close).expect(200);
    }
    assert_eq!(gateway.client().found("/Invoice?status=issued&type=structure-month")["total"], months.len());
}

#[test]
fn what_was_sent_under_an_address_of_ours_stays_ours_whatever_the_address_becomes() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&[make::patient("p", "male", "1980-01-01")]);
    let absolute = format!("{}/fhir/Patient/p", client.base());
    let own = make::with(make::condition("own", "p", "F32.0", "2020"), json!({"subject": {"reference": absolute}}));
    let other = make::with(
        make::condition("other", "p", "F32.0", "2020"),
        json!({"subject": {"reference": "https://elsewhere.example/fhir/Patient/p"}}),
    );
    client.push(&[own, other]);
    let of_patient = |gateway: &Gateway| gateway.client().found("/Condition?patient=p")["total"].clone();
    assert_eq!(of_patient(&gateway), 1);
    let data = gateway.data_dir().to_string_lossy().into_owned();
    assert_eq!(gateway.terminate(), Some(0));
    run(&["rebuild", "--data-dir", &data]).expect(0);
    // Another port, so another address of its own.
    gateway.start_again();
    assert_eq!(of_patient(&gateway), 1);
    gateway.restart();
    assert_eq!(of_patient(&gateway), 1);
    // Neither a command on the folder nor a start that is refused adds an address.
    let kept = || std::fs::read_to_string(std::path::Path::new(&data).join("addresses")).unwrap();
    let before = kept();
    assert_eq!(before.lines().count(), 3, "each start had a port of its own");
    run(&["serve", "--bind", "127.0.0.1:0", "--data-dir", &data, "--structure", "demo"]).expect(3);
    assert_eq!(kept(), before);
    // An address told afterwards is one of ours too, and everything is read again with it.
    assert_eq!(gateway.terminate(), Some(0));
    run(&[
        "explain",
        "p",
        "--month",
        "2025-04",
        "--data-dir",
        &data,
        "--structure",
        client.structure(),
        "--mode",
        "demo",
        "--tariff",
        "mtr-demo",
    ])
    .expect(0);
    assert_eq!(kept(), before);
    run(&["rebuild", "--data-dir", &data, "--base-url", "https://elsewhere.example"]).expect(0);
    gateway.start_again();
    assert_eq!(of_patient(&gateway), 2);
}
