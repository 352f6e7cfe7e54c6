//! What the audit log keeps, passes over and forgets.
use super::*;

fn entry(target: &str) -> Entry {
    Entry::new(Timestamp::from_secs(0), "command", "op", "revoke", target).sessions(2)
}

fn add(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn acts_go_into_the_file_at_the_path_whatever_became_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let rotated = folder.path().join("audit.jsonl.1");
    let log = AuditLog::open("--audit-log", &path).unwrap();
    let site = log.clone();
    log.note(&entry("first")).unwrap();
    std::fs::rename(&path, &rotated).unwrap();
    assert_eq!(site.last(9).unwrap(), []);
    site.note(&entry("second")).unwrap();
    assert_eq!(log.last(9).unwrap(), [entry("second")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    site.note(&entry("third")).unwrap();
    assert_eq!(log.last(9).unwrap(), [entry("third")]);
    let old = AuditLog::open("--audit-log", &rotated).unwrap();
    assert_eq!(old.last(9).unwrap(), [entry("first")]);
    // What can't be noted is refused.
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(site.note(&entry("fourth")).is_err());
}

#[test]
fn a_torn_line_swallows_no_act_and_keeps_no_name_that_is_to_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open("--audit-log", &path).unwrap();
    let whole = serde_json::to_string(&entry("user \"ada\"")).unwrap();
    let name = whole.find("ada").unwrap();
    for cut in [30, name + 2, name + 3, name + 5] {
        add(&path, &whole.as_bytes()[..cut]);
        log.note(&entry("user \"bob\"")).unwrap();
    }
    assert_eq!(log.last(9).unwrap().len(), 4);
    assert_eq!(log.forget("ada", "(erased)").unwrap(), 3);
    let left = std::fs::read_to_string(&path).unwrap();
    assert!(!left.contains("\\\"ad"), "{left}");
    assert_eq!(log.last(9).unwrap().len(), 4);
}

#[test]
fn acts_are_read_newest_first_and_only_by_their_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/audit.jsonl");
    let log = AuditLog::open("--audit-log", &path).unwrap();
    for target in ["user \"ada\"", "user \"bob\"", "user \"ada\""] {
        log.note(&entry(target)).unwrap();
    }
    std::fs::write(folder.path().join("deep/other"), "").unwrap();
    let last = log.last(2).unwrap();
    assert_eq!(last, [entry("user \"ada\""), entry("user \"bob\"")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(log.forget("ada", "forgotten").unwrap(), 2);
    log.note(&entry("all")).unwrap();
    let all = log.last(9).unwrap();
    let targets: Vec<_> = all.iter().map(|entry| &entry.target[..]).collect();
    assert_eq!(
        targets,
        ["all", "user forgotten", "user \"bob\"", "user forgotten"]
    );
}

#[test]
fn a_user_is_forgotten_without_a_loss_to_others_and_to_who_has_the_log_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open("--audit-log", &path).unwrap();
    let other = AuditLog::open("--audit-log", &path).unwrap();
    log.note(&entry("user \"ada\", device \"Firefox\""))
        .unwrap();
    log.note(&entry("user \"ada, device \"")).unwrap();
    let foreign = b"\xff somebody else's line\n";
    add(&path, foreign);
    log.note(&entry("user \"bob\"")).unwrap();
    assert_eq!(log.forget("ada", "(erased)").unwrap(), 1);
    other.note(&entry("all")).unwrap();
    let targets: Vec<_> = log
        .last(9)
        .unwrap()
        .into_iter()
        .map(|it| it.target)
        .collect();
    let expected = [
        "all",
        "user \"bob\"",
        "user \"ada, device \"",
        "user (erased), device \"Firefox\"",
    ];
    assert_eq!(targets, expected);
    let whole = std::fs::read(&path).unwrap();
    assert!(whole.windows(foreign.len()).any(|window| window == foreign));
    assert!(!path.with_extension("new").exists());
}

#[test]
fn the_usual_file_is_in_the_folder_for_state() {
    let usual = |state: &str, home: &str| {
        let (state, home) = (state.to_owned(), home.to_owned());
        AuditLog::usual(move |name| {
            Some(if name == "HOME" {
                home.clone()
            } else {
                state.clone()
            })
        })
    };
    let rows = [
        ("/state", "/home/op", Some("/state/cloakroom/audit.jsonl")),
        (
            "",
            "/home/op",
            Some("/home/op/.local/state/cloakroom/audit.jsonl"),
        ),
        ("", "", None),
    ];
    for (state, home, expected) in rows {
        assert_eq!(usual(state, home), expected.map(PathBuf::from));
    }
}
