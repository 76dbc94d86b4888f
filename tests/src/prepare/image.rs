//! The kernel's image without its compression: an emulated processor takes longer to unpack it than to run it.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a stream of xz begins (The .xz File Format §2.1.1.1).
const XZ: &[u8] = b"\xfd7zXZ\0";

/// The compressed kernel inside an image for x86 boot loaders, with what follows it; none if it is compressed by another
/// method or the image is none (the kernel's `Documentation/arch/x86/boot.rst`: `setup_sects`, `payload_offset`,
/// `payload_length`).
pub(super) fn payload(image: &[u8]) -> Option<&[u8]> {
    if image.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let number = |at: usize| {
        let bytes = image.get(at..)?.get(..4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    // For compatibility with very old kernels, 0 means 4.
    let sectors = usize::from(*image.get(0x1f1)?);
    let sectors = if sectors == 0 { 4 } else { sectors };
    let start = sectors.checked_add(1)?.checked_mul(512)?.checked_add(number(0x248)?)?;
    let payload = image.get(start..)?.get(..number(0x24c)?)?;
    payload.starts_with(XZ).then_some(payload)
}

/// Unpacks a file that begins with a stream of xz.
///
/// # Errors
/// [`io::Error`] when `xz` is missing or says that the stream is none.
pub(super) fn unpack(path: &Path) -> io::Result<Vec<u8>> {
    let output = Command::new("xz")
        .args(["--decompress", "--stdout", "--single-stream", "--"].map(OsStr::new))
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("xz: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(io::Error::other(format!("xz: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    /// An image with this payload.
    fn image(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 3 * 512 + 16];
        image[0x1f1] = 2;
        image[0x202..0x206].copy_from_slice(b"HdrS");
        image[0x248..0x24c].copy_from_slice(&16_u32.to_le_bytes());
        image[0x24c..0x250].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
        image.extend(payload);
        image.extend(b"more");
        image
    }

    #[test]
    fn the_kernel_is_found_where_the_header_says() {
        let packed = [XZ, b"stream"].concat();
        assert_eq!(payload(&image(&packed)), Some(&packed[..]));
        assert_eq!(payload(&image(b"\x28\xb5\x2f\xfd of zstd")), None);
        let mut short = image(&packed);
        short.truncate(short.len() - 5);
        assert_eq!(payload(&short), None);
        assert_eq!(payload(b"no kernel"), None);
        assert_eq!(payload(&[0; 4096]), None);
    }

    #[test]
    fn what_is_not_xz_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, b"plain").unwrap();
        assert!(unpack(&path).unwrap_err().to_string().starts_with("xz:"));
    }
}
