//! A frame: how a line stands in the file. Its length as a big-endian u32, then its bytes.

use std::io::{self, Read};

/// Bytes before each line.
pub(crate) const HEADER: usize = 4;

/// What stands before a line, or `None` if the line is longer than that can say.
pub(crate) fn header(line: &[u8]) -> Option<[u8; HEADER]> {
    u32::try_from(line.len()).ok().map(u32::to_be_bytes)
}

/// The frame of a line, or `None` if the line is longer than a frame's length can say.
pub(crate) fn wrap(line: &[u8]) -> Option<Vec<u8>> {
    Some([&header(line)?, line].concat())
}

/// Bytes that the frame of a line takes.
pub(crate) fn size(line: &[u8]) -> u64 {
    u64::try_from(line.len().saturating_add(HEADER)).unwrap_or(u64::MAX)
}

/// The line in the next frame, or `None` if the file, of which `available` bytes are left, ends within it.
///
/// # Errors
/// What the system says.
pub(crate) fn read(reader: &mut impl Read, available: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0u8; 4];
    if let Err(error) = reader.read_exact(&mut length) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let length = u64::from(u32::from_be_bytes(length));
    // A line is never empty: zeros at the end are blocks a crash left allocated but unwritten.
    let before = u64::try_from(HEADER).unwrap_or(u64::MAX);
    if length == 0 || length > available.saturating_sub(before) {
        return Ok(None);
    }
    // The file has so many bytes: that was just compared.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let read = reader.take(length).read_to_end(&mut bytes)?;
    Ok((u64::try_from(read).ok() == Some(length)).then_some(bytes))
}
