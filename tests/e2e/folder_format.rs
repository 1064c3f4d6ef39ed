//! Folders that another version of apicli wrote: brought up to date, or refused with what to do.

use std::fs;

use crate::environment::TestEnvironment;

const FACTS: &str = "stripe/.generated/facts.jsonl";
const NUMBER: &str = "[\"\",{\"format\":2}]\n";

/// Stripe's facts as they were before they had a number: the lines alone.
fn without_number(environment: &TestEnvironment) -> String {
    let now = fs::read_to_string(environment.plugin(FACTS)).unwrap();
    let lines = now.strip_prefix(NUMBER).expect("the number comes first").to_owned();
    fs::write(environment.plugin(FACTS), &lines).unwrap();
    now
}

#[test]
fn an_older_folder_is_brought_up_to_date_to_the_byte() {
    let environment = TestEnvironment::stripe();
    let now = without_number(&environment);
    let script = fs::read(environment.plugin("stripe/customers.rhai")).unwrap();
    environment.line("stripe customers list --limit 3 --dry-run").ok().prints("limit=3");
    assert!(fs::read_to_string(environment.plugin(FACTS)).unwrap() == now);
    assert!(fs::read(environment.plugin("stripe/customers.rhai")).unwrap() == script);
}

#[test]
fn without_its_document_an_older_folder_is_refused_until_it_is_generated() {
    let environment = TestEnvironment::stripe();
    without_number(&environment);
    fs::remove_file(environment.plugin("stripe/.generated/document.json")).unwrap();
    environment
        .line("stripe customers list --dry-run")
        .fails(1)
        .says("written by an older apicli")
        .says("`apicli gen <document> --name stripe`");
    let document = crate::environment::repository("specs/stripe.yaml");
    environment.run(["gen".as_ref(), document.as_os_str(), "--name".as_ref(), "stripe".as_ref()]).ok();
    environment.line("stripe customers list --limit 3 --dry-run").ok().prints("limit=3");
}

#[test]
fn a_newer_folder_is_refused_and_not_written_over() {
    let environment = TestEnvironment::stripe();
    environment.edit(FACTS, NUMBER, "[\"\",{\"format\":3}]\n");
    let before = fs::read(environment.plugin(FACTS)).unwrap();
    environment.line("stripe customers list --dry-run").fails(1).says("newer apicli").says("update apicli");
    let document = crate::environment::repository("specs/stripe.yaml");
    environment.run(["gen".as_ref(), document.as_os_str()]).fails(1).says("newer apicli");
    assert!(fs::read(environment.plugin(FACTS)).unwrap() == before);
    environment.line("plugins remove stripe --yes").ok();
}

#[test]
fn a_number_that_is_none_is_an_error_that_says_what_to_do() {
    let environment = TestEnvironment::stripe();
    environment.edit(FACTS, NUMBER, "[\"\",{\"format\":\"two\"}]\n");
    environment
        .line("stripe customers list --dry-run")
        .fails(1)
        .says("facts.jsonl")
        .says("generate the plugin again");
}
