//! Looking for values in an archive.

use std::io::Read;
use std::path::Path;

/// All files of an archive in directory format, decompressed, one after the other in the order of their names, so that a
/// value that should not be there can be searched for. Bytes that are not UTF-8 are replaced.
///
/// # Panics
/// When a file cannot be read, or its compression is damaged.
pub fn archive_text(dir: &Path) -> String {
    let mut files = Vec::new();
    collect(dir, &mut files);
    files.sort();
    let mut text = Vec::new();
    for path in files {
        let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let read = if path.extension().is_some_and(|extension| extension == "gz") {
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut text)
        } else {
            std::io::BufReader::new(file).read_to_end(&mut text)
        };
        read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.push(b'\n');
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn collect(dir: &Path, files: &mut Vec<std::path::PathBuf>) {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    for entry in entries {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::archive_text;

    #[test]
    fn plain_and_compressed_files_are_both_searched() {
        let dir = crate::temp_dir();
        std::fs::write(dir.path().join("toc.dat"), b"plain\xff").unwrap();
        let file = std::fs::File::create(dir.path().join("3001.dat.gz")).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gzip.write_all(b"compressed").unwrap();
        gzip.finish().unwrap();
        assert_eq!(archive_text(dir.path()), "compressed\nplain\u{fffd}\n");
    }
}
