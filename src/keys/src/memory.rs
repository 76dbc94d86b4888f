//! Pages of memory that are locked in RAM while they hold a secret, and wiped before they are given back.

use std::ptr;

use zeroize::Zeroize;

/// The page size assumed for alignment, in bytes: that of `x86_64`, and of `aarch64` unless configured otherwise.
pub(crate) const PAGE: usize = 4096;

/// The system refused to keep secrets in RAM: they may reach a swap device or a hibernation image.
///
/// A warning, not an error: the work goes on with unlocked memory, and whoever runs it must show this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{bytes} bytes that hold secrets could not be locked in memory ({reason}): raise the limit (`ulimit -l unlimited`, or LimitMEMLOCK= of the service), or switch swap and hibernation off"
)]
pub struct LockWarning {
    bytes: usize,
    reason: String,
}

impl LockWarning {
    /// How many bytes stayed unlocked.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Locks the pages that `size` bytes from `address` lie on, until the guard is dropped.
pub(crate) fn lock<T>(address: *const T, size: usize) -> Result<region::LockGuard, LockWarning> {
    region::lock(address, size).map_err(|error| LockWarning { bytes: size, reason: error.to_string() })
}

/// Aligned, and therefore also sized, to whole pages: the allocator can put nothing else on them.
#[repr(align(4096))]
struct Page<T>(T);

/// A value alone on its pages, which are locked in RAM as long as it lives and wiped when it goes.
///
/// A value moved in leaves a copy where it stood: build it in place with [`Locked::expose_mut`], or move it from a
/// stack that is wiped afterwards (see [`crate::worker`]).
pub(crate) struct Locked<T: Zeroize> {
    page: Box<Page<T>>,
    lock: Result<region::LockGuard, LockWarning>,
}

impl<T: Zeroize> Locked<T> {
    /// Puts a value on pages of its own and locks them, if the system allows.
    pub(crate) fn new(value: T) -> Self {
        let page = Box::new(Page(value));
        let lock = lock(ptr::from_ref(&*page), size_of::<Page<T>>());
        Self { page, lock }
    }

    /// The value.
    pub(crate) fn expose(&self) -> &T {
        &self.page.0
    }

    /// The value, to be changed in place.
    pub(crate) fn expose_mut(&mut self) -> &mut T {
        &mut self.page.0
    }

    /// What the system said when it refused to lock the pages.
    pub(crate) fn lock_warning(&self) -> Option<&LockWarning> {
        self.lock.as_ref().err()
    }
}

impl<T: Zeroize> Drop for Locked<T> {
    fn drop(&mut self) {
        self.page.0.zeroize();
        let released = LockWarning { bytes: 0, reason: String::new() };
        if let Ok(guard) = std::mem::replace(&mut self.lock, Err(released)) {
            // Locks do not nest. On a system with larger pages a neighbour may hold a secret on the same page, and
            // unlocking ours would unlock it too: there the page stays locked until the process ends.
            if region::page::size() > PAGE {
                std::mem::forget(guard);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod probe {
    //! Looks at the process's own memory from outside the language, to see what really lies there.

    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;

    /// What lies at `address` now, if it is mapped.
    pub(crate) fn read(address: usize, length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        let memory = File::open("/proc/self/mem").unwrap();
        memory.read_exact_at(&mut bytes, u64::try_from(address).unwrap()).ok().map(|()| bytes)
    }

    /// Whether the kernel counts the page at `address` as locked.
    pub(crate) fn is_locked(address: usize) -> bool {
        let maps = fs::read_to_string("/proc/self/smaps").unwrap();
        let mut inside = false;
        for line in maps.lines() {
            let first = line.split(' ').next().unwrap();
            if let Some((from, to)) = first.split_once('-') {
                let bound = |text| usize::from_str_radix(text, 16).unwrap();
                inside = (bound(from)..bound(to)).contains(&address);
            } else if inside && line.starts_with("VmFlags:") {
                return line.split(' ').any(|flag| flag == "lo");
            }
        }
        panic!("{address:#x} is not mapped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERN: [u8; 64] = *b"a secret that must not be found here after its owner is dropped!";

    fn filled() -> (Locked<[u8; 1024]>, usize) {
        let mut locked = Locked::new([0; 1024]);
        locked.expose_mut().as_chunks_mut::<64>().0.fill(PATTERN);
        let address = ptr::from_ref(locked.expose()).addr();
        (locked, address)
    }

    #[test]
    fn a_value_lives_alone_on_whole_pages() {
        let (_locked, address) = filled();
        assert_eq!(address % PAGE, 0);
        assert_eq!(size_of::<Page<[u8; 1024]>>(), PAGE);
    }

    #[test]
    fn the_kernel_agrees_that_the_page_is_locked() {
        let (locked, address) = filled();
        // Where the limit is zero there is nothing to see but the warning, and that must be there.
        assert_eq!(probe::is_locked(address), locked.lock_warning().is_none());
    }

    #[test]
    fn the_page_is_wiped_when_its_owner_goes() {
        let (locked, address) = filled();
        assert_eq!(probe::read(address.saturating_add(512), 64).unwrap(), PATTERN);
        drop(locked);
        // The page is either gone or empty; the allocator may have written its own marks at the very start.
        let after = probe::read(address.saturating_add(64), 960).unwrap_or_default();
        assert!(!after.windows(16).any(|window| PATTERN.windows(16).any(|part| part == window)));
    }

    #[test]
    fn dropping_one_secret_leaves_its_neighbours_locked() {
        let many: Vec<_> = (0..8).map(|_| filled()).collect();
        let mut kept = Vec::new();
        for (index, (locked, address)) in many.into_iter().enumerate() {
            if index.is_multiple_of(2) {
                kept.push((locked, address));
            }
        }
        for (locked, address) in &kept {
            assert_eq!(probe::is_locked(*address), locked.lock_warning().is_none());
        }
    }

    #[test]
    fn memory_that_cannot_be_locked_is_a_warning_with_a_remedy() {
        // The first page of an address space is never mapped.
        let warning = lock(ptr::without_provenance::<u8>(PAGE), 100).err().unwrap();
        assert_eq!(warning.bytes(), 100);
        assert!(warning.to_string().contains("ulimit -l"), "{warning}");
    }
}
