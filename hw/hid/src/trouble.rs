//! What hidapi and the kernel say, in the words of the wire.

use std::io;

use hidapi::HidError;
use strongroom_wire::WireError;

/// Linux's numbers for a device that is not there any more: EIO, ENXIO, ENODEV, ESHUTDOWN (errno(3)). hidraw gives EIO
/// to readers of a device that was pulled.
const GONE: [i32; 4] = [5, 6, 19, 108];

/// What hidapi writes when the poll for a report ends with the device.
const DISCONNECTED: &str = "device disconnected";

pub(crate) fn trouble(error: &HidError) -> WireError {
    match error {
        HidError::IoError { error } => system(error),
        HidError::HidApiError { message } if message.contains(DISCONNECTED) => WireError::Unplugged,
        other => WireError::Failed(other.to_string()),
    }
}

pub(crate) fn system(error: &io::Error) -> WireError {
    if error.raw_os_error().is_some_and(|number| GONE.contains(&number)) {
        WireError::Unplugged
    } else {
        WireError::Failed(error.to_string())
    }
}

/// Whether a signal interrupted the wait, such as one that stopped the program and let it go on.
pub(crate) fn is_interruption(error: &HidError) -> bool {
    matches!(error, HidError::IoError { error } if error.kind() == io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: i32) -> HidError {
        HidError::IoError { error: io::Error::from_raw_os_error(number) }
    }

    #[test]
    fn unplugging_is_told_from_other_failures() {
        for gone in GONE {
            assert_eq!(trouble(&number(gone)), WireError::Unplugged, "{gone}");
        }
        let message = "unexpected poll error (device disconnected)".to_owned();
        assert_eq!(trouble(&HidError::HidApiError { message }), WireError::Unplugged);
        // ENOMEM, EINVAL.
        for other in [12, 22] {
            assert!(matches!(trouble(&number(other)), WireError::Failed(_)), "{other}");
        }
        assert!(is_interruption(&number(4)) && !is_interruption(&number(5)));
    }
}
