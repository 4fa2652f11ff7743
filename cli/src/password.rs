//! Passwords: kept so that they cannot be printed by mistake, and asked for on the terminal.

use std::fmt;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::str::FromStr;

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use crate::interrupt;

/// Text that may hold a password, such as a connection string. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Secret, Self::Err> {
        Ok(Secret(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"...\"")
    }
}

/// The terminal with its echo switched off, until it goes out of scope.
struct Silent<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn new(terminal: &'a File) -> anyhow::Result<Silent<'a>> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        // Ctrl-C comes as a byte, so that the echo is back before the program ends.
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Silent { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Asks for a password on the terminal, which need not be stdin. None: there is no terminal to ask on.
pub fn ask(prompt: &str) -> anyhow::Result<Option<Secret>> {
    let Ok(mut terminal) = File::options().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    terminal.write_all(prompt.as_bytes())?;
    let reader = terminal.try_clone()?;
    let silent = Silent::new(&terminal).context("cannot switch off the terminal's echo")?;
    let line = read_line(reader);
    drop(silent);
    terminal.write_all(b"\n")?;
    let line = line?;
    let text = String::from_utf8(line).context("the password is not UTF-8")?;
    Ok(Some(Secret(text)))
}

/// Reads up to the end of the line; backspace takes the last character back.
fn read_line(mut terminal: File) -> anyhow::Result<Vec<u8>> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const ERASE_LINE: u8 = 21;
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        if terminal.read(&mut byte)? == 0 {
            return Ok(line);
        }
        match byte[0] {
            b'\n' | b'\r' | END => return Ok(line),
            INTERRUPT => return Err(interrupt::error().into()),
            ERASE_LINE => line.clear(),
            8 | 127 => {
                // A character ends with the byte that is no UTF-8 continuation when read backwards.
                while line.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            byte => line.push(byte),
        }
    }
}
