//! Putting structure and data together to one archive, and telling of it in `metadata.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use pg_anon_core::archive::{Archive, Entry, LargeObjects, SequenceSet, TableData};
use pg_anon_core::metadata::{ArchiveFile, Metadata, TableFile};

use super::plan::{Plan, Table};
use super::worker::data_path;
use super::{Dump, LARGE_OBJECTS, STRUCTURE};
use crate::args::LargeObjectMode;
use crate::config::{Content, Stage};
use crate::copy::Written;
use crate::files;
use crate::init::{EXTENSION, SCHEMA};
use crate::interrupt;
use crate::progress::some_names;
use crate::staging::DUMPED_TABLES;
use crate::text::visible;

/// How many names a message shows.
const NAMES_SHOWN: usize = 10;

/// A table of contents with data, and what it needs beside it.
pub(super) struct Assembled {
    pub(super) archive: Archive,
    /// Of each table that has data, in the plan's order, the number of the entry of each part.
    pub(super) ids: Vec<Vec<i32>>,
    /// The files of large objects.
    pub(super) archive_files: BTreeMap<String, ArchiveFile>,
}

impl Dump<'_> {
    /// Adds the data to the table of contents, names the data files, and writes `toc.dat` and `metadata.json`.
    pub(super) fn assemble(
        &self,
        plan: &Plan,
        written: &[Vec<Written>],
        blobs: Option<Archive>,
    ) -> anyhow::Result<Metadata> {
        let folder = &self.folder;
        let parts: Vec<usize> = written.iter().map(Vec::len).collect();
        let Assembled { archive, ids, mut archive_files } = self.archive(plan, &parts, blobs)?;
        let has_data = self.options.content.has_data();
        let tables: Vec<&Table> = plan.data().filter(|_| has_data).collect();
        let mut table_files = BTreeMap::new();
        for ((table, ids), parts) in tables.iter().zip(&ids).zip(written) {
            for (number, (id, written)) in ids.iter().zip(parts).enumerate() {
                let name = format!("{id}.dat{}", self.options.compress.suffix());
                fs::rename(data_path(folder, table, number), folder.join(&name))
                    .with_context(|| format!("cannot name {name}"))?;
                table_files.insert(
                    name,
                    TableFile {
                        schema: table.schema.clone(),
                        table: table.name.clone(),
                        rows: written.rows,
                        bytes: Some(written.file.bytes),
                        sha256: Some(written.file.sha256.clone()),
                    },
                );
            }
        }
        archive_files.insert("toc.dat".to_owned(), files::write(&folder.join("toc.dat"), &archive.write())?);
        if has_data {
            let written = files::write(&folder.join(DUMPED_TABLES), &tables_dictionary(&tables)?)?;
            archive_files.insert(DUMPED_TABLES.to_owned(), written);
        }

        let is_part = self.options.lists.is_some() || self.options.patterns.is_some();
        let schemas: BTreeSet<&String> = plan.data().filter(|_| is_part).map(|table| &table.schema).collect();
        let metadata = Metadata {
            created: jiff::Zoned::now().strftime("%d/%m/%Y %H:%M:%S").to_string(),
            pg_version: version_number(&self.session.parameter("server_version")),
            pg_dump_version: self.program.version.clone(),
            pg_anon_version: env!("CARGO_PKG_VERSION").to_owned(),
            format: "directory".to_owned(),
            mode: self.options.content.dump_mode().to_owned(),
            dictionary_content_hash: self.options.dictionary_hashes.clone(),
            prepared_sens_dict_files: self.options.dictionary_files.clone(),
            seq_lastvals: plan
                .sequences
                .iter()
                .filter(|_| has_data)
                .map(|sequence| {
                    (format!("{}.{}", sequence.value.schema, sequence.value.seq_name), sequence.value.clone())
                })
                .collect(),
            total_tables_size: tables.iter().map(|table| table.total_size).sum(),
            total_rows: i64::try_from(written.iter().flatten().map(|part| part.rows).sum::<u64>()).unwrap_or(i64::MAX),
            views: plan.description.objects.views.clone(),
            indexes: plan.description.objects.indexes.clone(),
            constraints: plan.description.objects.foreign_keys.clone(),
            excluded_event_triggers: plan
                .description
                .objects
                .excluded_event_triggers
                .iter()
                .map(|trigger| trigger.1.clone())
                .collect(),
            partial_dump_schemas: schemas.into_iter().cloned().collect(),
            files: table_files,
            db_size: plan.database_size,
            extensions: plan.description.extensions.clone(),
            archive_files,
            dbg_stage_2_validate_data: self.options.stage == Some(Stage::Data),
            dbg_stage_3_validate_full: self.options.stage == Some(Stage::Full),
            ..Metadata::default()
        };
        files::write(&folder.join("metadata.json"), &metadata.to_json()?)?;
        Ok(metadata)
    }

    /// The table of contents with all that is dumped: the structure that pg_dump wrote, without what does not belong in it,
    /// the data of the tables in so many parts each, sequences' values, and the large objects, whose files are moved.
    pub(super) fn archive(&self, plan: &Plan, parts: &[usize], blobs: Option<Archive>) -> anyhow::Result<Assembled> {
        let folder = &self.folder;
        let structure = folder.join(STRUCTURE);
        let mut archive = read_archive(&structure)?;
        let mut archive_files = BTreeMap::new();

        // pg_dump was not asked for any.
        let is_data = |entry: &&Entry| ["TABLE DATA", "STATISTICS DATA"].iter().any(|desc| entry.is(desc));
        if let Some(entry) = archive.entries.iter().find(is_data) {
            anyhow::bail!("pg_dump wrote data that is not masked: {}", visible(&entry.name()));
        }
        archive.header.set_compression(self.options.compress.in_header())?;
        if self.options.content.has_structure() {
            // An extension's schema of its own goes with the extension.
            let removed = archive.remove_extension(EXTENSION, SCHEMA);
            let event_triggers: Vec<u32> =
                plan.description.objects.excluded_event_triggers.iter().map(|trigger| trigger.0).collect();
            archive.remove_event_triggers(&event_triggers);
            for name in removed.dependents.iter().chain(&removed.mentions) {
                let name = visible(name);
                log::warn!("{name} uses the extension pg_anon, which is left out of the dump: restoring it may fail");
            }
            for name in archive.remove_passwords()? {
                log::warn!("the password in {} is left out of the dump", visible(&name));
            }
        }
        match blobs {
            None => drop(archive.remove_large_objects()),
            Some(blobs) => {
                let mode = match self.options.large_objects {
                    LargeObjectMode::Keep => LargeObjects::Keep,
                    _ => LargeObjects::Empty,
                };
                for file in archive.add_large_objects(&blobs, mode)? {
                    let (name, measured) = self.take_over(&file.from, &file.to)?;
                    archive_files.insert(name, measured);
                }
                remove_folder(&folder.join(LARGE_OBJECTS))?;
            }
        }
        let has_data = self.options.content.has_data();
        let tables: Vec<&Table> = plan.data().filter(|_| has_data).collect();
        let data = tables.iter().zip(parts).map(|(table, &parts)| TableData {
            oid: table.oid,
            copy_statement: table.copy_statement.clone(),
            load_root: table.load_root.clone(),
            parts,
            extension_member: table.extension_member.clone(),
        });
        let ids = archive.add_all_table_data(data.collect())?;
        let sequences = plan.sequences.iter().filter(|sequence| has_data && !sequence.value.is_excluded);
        let sequences = sequences.map(|sequence| SequenceSet {
            oid: sequence.oid,
            setval_statement: sequence.setval_statement.clone(),
            extension_member: sequence.extension_member.clone(),
        });
        archive.add_all_sequence_sets(sequences.collect())?;
        let unmet = archive.order_table_data(&plan.references);
        let names =
            tables.iter().filter(|table| unmet.contains(&table.oid)).map(|table| table.shown_name().into_owned());
        let names: Vec<_> = names.collect();
        if !names.is_empty() {
            log::warn!(
                "foreign keys go in a circle: {} must be loaded without them (pg_anon sync-data-restore, or pg_restore \
                 --disable-triggers)",
                some_names(&names, NAMES_SHOWN)
            );
        }
        match self.options.content {
            Content::All => {}
            Content::Structure => archive.keep_structure(),
            Content::Data => archive.keep_data(),
        }

        if self.options.no_owner {
            archive.remove_owners();
        }
        remove_folder(&structure)?;
        Ok(Assembled { archive, ids, archive_files })
    }

    /// Moves a file of the large objects' archive, which may have the suffix of a compression, into the dump.
    fn take_over(&self, from: &str, to: &str) -> anyhow::Result<(String, ArchiveFile)> {
        let source = self.folder.join(LARGE_OBJECTS);
        let suffix = [self.options.compress.suffix(), ""]
            .into_iter()
            .find(|suffix| source.join(format!("{from}{suffix}")).is_file())
            .with_context(|| format!("pg_dump did not write {from}"))?;
        let name = format!("{to}{suffix}");
        let path = self.folder.join(&name);
        fs::rename(source.join(format!("{from}{suffix}")), &path).with_context(|| format!("cannot name {name}"))?;
        fs::File::open(&path).and_then(|file| file.sync_all()).with_context(|| format!("cannot sync {name}"))?;
        let measured = files::measure(&path, |_| Ok(interrupt::check()?))?;
        Ok((name, measured))
    }
}

/// A tables dictionary of these tables: JSON without `true`, `false` and `null` is a Python literal.
fn tables_dictionary(tables: &[&Table]) -> anyhow::Result<Vec<u8>> {
    let tables: Vec<_> =
        tables.iter().map(|table| serde_json::json!({"schema": table.schema, "table": table.name})).collect();
    let mut text = serde_json::to_vec_pretty(&serde_json::json!({ "tables": tables }))?;
    text.push(b'\n');
    Ok(text)
}

/// `15.20` of `15.20 (Debian 15.20-0+deb12u1)`.
fn version_number(version: &str) -> String {
    version.split_whitespace().next().unwrap_or_default().to_owned()
}

pub(super) fn read_archive(folder: &Path) -> anyhow::Result<Archive> {
    let path = folder.join("toc.dat");
    let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Archive::read(&content).with_context(|| format!("cannot read {}", path.display()))
}

fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}
