use std::fs;
use std::io;
use std::path::Path;

/// Removes a folder and everything in it, without following links, however deep it is: a path may be too long for the
/// system, and nested folders may be more than a process can hold open.
pub(crate) fn remove_tree(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Err(error),
        _ => remove_flat(folder),
    })
}

/// Moves each inner folder up to the top before reading it, so that paths do not get longer.
fn remove_flat(folder: &Path) -> io::Result<()> {
    let mut open = vec![folder.to_owned()];
    let mut emptied = Vec::new();
    let mut count = 0_u64;
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(&here)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
            } else if here != folder {
                let up = loop {
                    count += 1;
                    let up = folder.join(format!("{count}"));
                    if fs::symlink_metadata(&up).is_err() {
                        break up;
                    }
                };
                fs::rename(entry.path(), &up)?;
                open.push(up);
            } else {
                open.push(entry.path());
            }
        }
        emptied.push(here);
    }
    // The top is the first of them.
    emptied.iter().rev().try_for_each(fs::remove_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_removed_however_deep() {
        let root = tempfile::tempdir().unwrap();
        let (folder, other) = (root.path().join("folder"), root.path().join("other"));
        for flat in [false, true] {
            fs::create_dir_all(folder.join("1/2/1/2/3")).unwrap();
            fs::create_dir_all(folder.join("2/x")).unwrap();
            fs::create_dir_all(&other).unwrap();
            fs::write(folder.join("1/2/1/file"), "x").unwrap();
            fs::write(other.join("kept"), "x").unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink(&other, folder.join("1/2/link")).unwrap();
            let removed = if flat { remove_flat(&folder) } else { remove_tree(&folder) };
            assert!(removed.is_ok() && !folder.exists() && other.join("kept").is_file(), "{removed:?}");
        }
        assert!(remove_tree(&folder).is_err());
    }
}
