use std::collections::{HashMap, HashSet};

use super::*;
use crate::model::PathTemplate;

/// Group and function of each operation: method, path, operationId (empty for none).
fn names_by_id(operations: &[(&str, &str, &str)]) -> Vec<String> {
    let paths: Vec<_> = operations.iter().map(|(_, path, _)| PathTemplate::parse(path).unwrap()).collect();
    let subjects: Vec<_> = operations
        .iter()
        .zip(&paths)
        .map(|((method, _, id), path)| Subject {
            method,
            path,
            operation_id: (!id.is_empty()).then_some(*id),
            tag: None,
            summary: None,
        })
        .collect();
    let places = place_all(&subjects, "demo", &|_| None).places;
    assert_eq!(places.len(), operations.len());
    places.iter().map(|place| format!("{} {}", place.group.join(" "), place.function)).collect()
}

fn names(operations: &[(&str, &str)]) -> Vec<String> {
    names_by_id(&operations.iter().map(|(method, path)| (*method, *path, "")).collect::<Vec<_>>())
}

#[test]
fn stripe_reads_well() {
    let operations = [
        ("GET", "/v1/customers", "customers list"),
        ("POST", "/v1/customers", "customers create"),
        ("GET", "/v1/customers/search", "customers search"),
        ("GET", "/v1/customers/{customer}", "customers get"),
        ("POST", "/v1/customers/{customer}", "customers update"),
        ("DELETE", "/v1/customers/{customer}", "customers delete"),
        ("GET", "/v1/customers/{customer}/sources/{id}", "customers sources get"),
        ("POST", "/v1/customers/{customer}/sources/{id}/verify", "customers sources verify"),
        ("GET", "/v1/customers/{customer}/discount", "customers discount get"),
        ("DELETE", "/v1/customers/{customer}/discount", "customers discount delete"),
        ("GET", "/v1/balance", "balance get"),
        ("GET", "/v1/balance/history", "balance history list"),
        ("GET", "/v1/balance/history/{id}", "balance history get"),
        ("POST", "/v1/charges/{charge}/refund", "charges refund"),
        ("GET", "/v1/charges/{charge}/dispute", "charges dispute get"),
        ("POST", "/v1/charges/{charge}/dispute", "charges dispute update"),
        ("POST", "/v1/charges/{charge}/dispute/close", "charges dispute close"),
        ("POST", "/v1/payment_intents/{intent}/capture", "payment_intents capture"),
        ("GET", "/v1/invoices", "invoices list"),
        ("POST", "/v1/invoices/{invoice}/void", "invoices void_"),
        ("GET", "/v1/invoices/upcoming", "invoices upcoming get"),
        ("GET", "/v1/invoices/upcoming/lines", "invoices upcoming lines list"),
        ("POST", "/v1/apps/secrets", "apps secrets create"),
        ("POST", "/v1/apps/secrets/delete", "apps secrets delete"),
        ("GET", "/v1/apps/secrets/find", "apps secrets find"),
        ("POST", "/v1/tokens", "tokens create"),
        (
            "POST",
            "/v1/test_helpers/issuing/cards/{card}/shipping/ship",
            "test_helpers issuing cards shipping ship",
        ),
        ("DELETE", "/v1/subscriptions/{id}/discount", "subscriptions discount delete"),
    ];
    let got = names(&operations.map(|(method, path, _)| (method, path)));
    assert_eq!(got, operations.map(|(_, _, name)| name));
}

#[test]
fn other_houses_read_well_too() {
    let operations = [
        ("PUT", "/api/v3/gists/{id}/star", "gists star update"),
        ("DELETE", "/api/v3/gists/{id}/star", "gists star delete"),
        ("PATCH", "/users/{id}", "users update"),
        ("PUT", "/users/{id}", "users replace"),
        ("PUT", "/pets/{id}", "pets update"),
        ("POST", "/v1/{name}:cancel", "root cancel"),
        ("POST", "/v1beta1/projects/{p}/jobs:batchGet", "projects jobs batch_get"),
        ("GET", "/", "root get"),
        ("GET", "/items.json", "items list"),
        ("GET", "/v2", "v2 get"),
    ];
    let got = names(&operations.map(|(method, path, _)| (method, path)));
    assert_eq!(got, operations.map(|(_, _, name)| name));
}

#[test]
fn clashes_are_settled_whatever_the_order() {
    let mut operations =
        vec![("GET", "/a/b/{x}"), ("GET", "/v1/a/b/{x}"), ("GET", "/A/b/{y}"), ("GET", "/a/{z}/b/{x}")];
    let forward: HashMap<_, _> = operations.iter().copied().zip(names(&operations)).collect();
    operations.reverse();
    let backward: HashMap<_, _> = operations.iter().copied().zip(names(&operations)).collect();
    assert_eq!(forward, backward);
    assert_eq!(forward.values().collect::<HashSet<_>>().len(), 4, "{forward:?}");
    assert_eq!(forward[&("GET", "/A/b/{y}")], "a b get");
    assert_eq!(forward[&("GET", "/v1/a/b/{x}")], "v1 a b get");
}
#[test]
fn names_as_long_as_they_may_be_are_told_apart() {
    let verb = "v".repeat(90);
    let paths = [format!("/a/{{id}}:{verb}"), format!("/v1/a/{{id}}:{verb}"), format!("/v2/a/{{id}}:{verb}")];
    let operations: Vec<_> = paths.iter().map(|path| ("POST", path.as_str())).collect();
    let got: HashSet<_> = names(&operations).into_iter().collect();
    assert_eq!(got.len(), 3, "{got:?}");
}

#[test]
fn a_command_never_stands_where_a_group_does() {
    let operations = [("POST", "/things/{id}/b"), ("GET", "/things/{id}/b/create/{x}")];
    assert_eq!(names(&operations), ["things b create create", "things b create get"]);
}

#[test]
fn many_claims_of_one_name_are_numbered_at_once() {
    let paths: Vec<_> = (1..=5_000).map(|n| format!("/a/{{{}}}", "!".repeat(n))).collect();
    let operations: Vec<_> = paths.iter().map(|path| ("GET", path.as_str())).collect();
    let got = names(&operations);
    assert_eq!(got.iter().collect::<HashSet<_>>().len(), 5_000);
    assert!(got.contains(&"a get_4999".to_owned()), "the numbers have no gaps");
}

/// Rules that need more than a path: `docs/names.md` has each with its reason.
#[test]
fn procedures_read_well() {
    let operations = [
        ("GET", "/#Action=AllocateAddress", "GET_AllocateAddress", "root allocate_address"),
        ("POST", "/#Action=AllocateAddress", "POST_AllocateAddress", "post allocate_address"),
        ("POST", "/#X-Amz-Target=DynamoDB_20120810.PutItem", "PutItem", "root put_item"),
        ("GET", "/{Bucket}/{Key}#tagging", "GetObjectTagging", "root get_object_tagging"),
        ("GET", "/rest?method=demo.photos.getExif", "x", "photos get_exif"),
        ("POST", "/request/{id}?cmd=diff", "", "request_ diff"),
        ("POST", "/users/{user-id}/microsoft.graph.assignLicense", "", "users assign_license"),
        ("GET", "/users/{user-id}/messages/microsoft.graph.delta()", "", "users messages delta"),
        ("GET", "/users/{user-id}/messages/$count", "", "users messages count"),
        ("GET", "/users/{user-id}/manager/$ref", "", "users manager ref get"),
        ("GET", "/groups/{id}/members/{o}/microsoft.graph.user", "", "groups members as_user get"),
        ("GET", "/indexes('{name}')", "", "indexes get"),
        ("POST", "/v1/{name}:undelete", "", "root undelete"),
    ];
    let got = names_by_id(&operations.map(|(method, path, id, _)| (method, path, id)));
    assert_eq!(got, operations.map(|(.., name)| name));
}

#[test]
fn paths_of_procedures_read_well() {
    let operations = [
        ("POST", "/chat.postMessage", "chat post_message"),
        ("GET", "/admin.inviteRequests.approved.list", "admin invite_requests approved list"),
        ("POST", "/views.publish", "views publish"),
    ];
    let got = names(&operations.map(|(method, path, _)| (method, path)));
    assert_eq!(got, operations.map(|(_, _, name)| name));
}

#[test]
fn what_all_stand_below_is_left_out() {
    let operations = [
        ("GET", "/api/v1/namespaces/{namespace}/pods", "listCoreV1NamespacedPod", "pods list"),
        ("POST", "/api/v1/namespaces/{namespace}/pods", "createCoreV1NamespacedPod", "pods create"),
        ("GET", "/api/v1/namespaces/{namespace}/pods/{name}", "readCoreV1NamespacedPod", "pods get"),
        ("DELETE", "/api/v1/namespaces/{namespace}/pods/{name}", "deleteCoreV1NamespacedPod", "pods delete"),
        (
            "GET",
            "/api/v1/namespaces/{namespace}/pods/{name}/log",
            "readCoreV1NamespacedPodLog",
            "pods log get",
        ),
        ("GET", "/api/v1/pods", "listPodForAllNamespaces", "pods list_for_all_namespaces"),
        ("GET", "/api/v1/namespaces/{name}", "readCoreV1Namespace", "namespaces get"),
        ("GET", "/api/v1/namespaces/{name}/status", "readCoreV1NamespaceStatus", "namespaces status get"),
        ("GET", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "", "deployments get"),
        ("GET", "/apis/batch/v1/namespaces/{namespace}/jobs/{name}", "", "jobs get"),
        ("GET", "/apis/batch/v1beta1/namespaces/{namespace}/jobs/{name}", "", "v1beta1 jobs get"),
    ];
    let got = names_by_id(&operations.map(|(method, path, id, _)| (method, path, id)));
    assert_eq!(got, operations.map(|(.., name)| name));
}

#[test]
fn stutter_is_left_out() {
    let operations = [
        ("GET", "/projects/{id}/project_statuses", "projects statuses list"),
        ("GET", "/project_statuses/{id}", "project_statuses get"),
        ("POST", "/users/{id}/addFollowers", "users add_followers"),
        ("GET", "/users/getUsers", "users get"),
        ("GET", "/invoice/invoices/{id}", "invoices get"),
        ("PUT", "/users/{id}/limits", "users limits update"),
        ("PUT", "/users/{id}/status", "users status replace"),
        ("PATCH", "/users/{id}/status", "users status update"),
        ("GET", "/glossary{mediaTypeExtension}", "glossary get"),
        ("GET", "/sites/{id}/subsites.{outputFormat}", "sites subsites list"),
        ("GET", "/rest/api/3/issue/{id}", "issue get"),
        ("GET", "/2010-04-01/Calls/{Sid}.json", "calls get"),
    ];
    let got = names(&operations.map(|(method, path, _)| (method, path)));
    assert_eq!(got, operations.map(|(_, _, name)| name));
}

#[test]
fn ids_that_are_names_are_the_names() {
    let dotted = [
        ("GET", "/v1/{name}", "run.projects.services.get", "services get"),
        ("PATCH", "/v1/{name}", "run.projects.services.patch", "services update"),
        ("GET", "/v1/{parent}/services", "run.projects.services.list", "services list"),
        ("GET", "/v1/{parent}/jobs", "run.projects.jobs.list", "jobs list"),
        ("POST", "/v1/{parent}/jobs", "run.projects.jobs.insert", "jobs create"),
        ("POST", "/v1/{name}:run", "run.projects.jobs.run", "jobs run"),
    ];
    let got = names_by_id(&dotted.map(|(method, path, id, _)| (method, path, id)));
    assert_eq!(got, dotted.map(|(.., name)| name));
    let scope = "/subscriptions/{s}/providers/Microsoft.Web/sites";
    let (list, get) = (scope.to_owned(), format!("{scope}/{{name}}"));
    let got = names_by_id(&[
        ("GET", &list, "WebApps_ListByResourceGroup"),
        ("GET", &get, "WebApps_Get"),
        ("PUT", &get, "WebApps_CreateOrUpdate"),
    ]);
    assert_eq!(got, ["web_apps list_by_resource_group", "web_apps get", "web_apps create_or_update"]);
}

/// A document with every kind of clash.
fn clashing() -> Vec<(&'static str, &'static str, &'static str)> {
    let paths = [
        "/users",
        "/v1/users",
        "/v2/users",
        "/users/",
        "/Users",
        "/users/{id}",
        "/users/{name}",
        "/v2/users/{id}",
        "/users/{id}/users",
        "/users/list",
        "/users/{id}/list",
        "/list",
        "/users/list/{id}",
        "/users.list",
        "/#Action=ListUsers",
        "/?action=listUsers",
        "/users/{id}:list",
        "/users/get",
        "/users/get/{id}",
        "/root/get",
        "/{id}",
        "/{id}/{x}",
        "/users/{id}/users/{x}/users",
        "/get",
        "/users/{id}/get/{x}/get",
    ];
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    let ids = ["", "list", "getUser", "users_list", "a.b.c", "get-users-by-id"];
    let mut all = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        for (m, method) in methods.iter().enumerate() {
            all.push((*method, *path, ids[(n * 5 + m) % ids.len()]));
        }
    }
    all
}

#[test]
fn names_are_the_same_in_any_order_and_never_a_group_and_a_command() {
    let mut operations = clashing();
    let first: HashMap<_, _> = operations.iter().copied().zip(names_by_id(&operations)).collect();
    let count = operations.len();
    let mut seed = 7_usize;
    for _ in 0..12 {
        for n in (1..count).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            operations.swap(n, (seed >> 33) % (n + 1));
        }
        let again: HashMap<_, _> = operations.iter().copied().zip(names_by_id(&operations)).collect();
        assert_eq!(first, again);
    }
    let mut words: HashMap<Vec<&str>, _> = HashMap::new();
    for (operation, name) in &first {
        let typed =
            name.strip_prefix("root ").unwrap_or(name).split(' ').map(|word| word.trim_end_matches('_'));
        let other = words.insert(typed.collect(), operation);
        assert_eq!(other, None, "{operation:?} has the name `{name}` too");
    }
    for name in words.keys() {
        for n in 1..name.len() {
            assert!(!words.contains_key(&name[..n]), "{name:?} is below a command");
        }
    }
}
