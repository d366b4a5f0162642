//! Libraries built by the test, which call back into it.

use std::ffi::{CString, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds a library whose function `bounce` calls back, with a frame of `words`; `None` where there
/// is no compiler.
pub(crate) fn build(name: &str, words: usize) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Another run may build the same library now: each has files of its own until it is whole.
    let own = |ending: &str| folder.join(format!("{name}-{}.{ending}", std::process::id()));
    let (source, built_here, library) =
        (own("rs"), own("so"), folder.join(format!("lib{name}.so")));
    let code = format!(
        "#[inline(never)]
        fn {name}_inner(call: extern \"C\" fn()) -> u64 {{
            let room = std::hint::black_box([1u64; {words}]);
            call();
            std::hint::black_box(room)[0]
        }}
        #[unsafe(no_mangle)]
        pub extern \"C\" fn bounce(call: extern \"C\" fn()) -> u64 {{
            std::hint::black_box({name}_inner(call)) + 1
        }}"
    );
    std::fs::write(&source, code).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc)
        .args([
            "--crate-type=cdylib",
            "--edition=2024",
            "-Copt-level=1",
            "-Cdebuginfo=1",
            "-Cpanic=abort",
            "--crate-name",
            name,
            "-o",
        ])
        .args([&built_here, &source])
        .status();
    let _ = std::fs::remove_file(&source);
    match built {
        Ok(status) => assert!(status.success(), "the library was not built: {status}"),
        Err(error) => {
            eprintln!("NOT TESTED: there is no `rustc` to build a library with: {error}");
            return None;
        }
    }
    std::fs::rename(&built_here, &library).unwrap();
    Some(library)
}

/// A library that is open, closed when it is dropped.
pub(crate) struct Library(*mut c_void);

impl Library {
    pub(crate) fn open(path: &Path) -> Self {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a library of our own making.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!handle.is_null());
        Self(handle)
    }

    /// Has the library call `call`.
    pub(crate) fn bounce(&self, call: extern "C" fn()) {
        // SAFETY: the function has this type.
        unsafe {
            let bounce = libc::dlsym(self.0, c"bounce".as_ptr());
            assert!(!bounce.is_null());
            let bounce: extern "C" fn(extern "C" fn()) -> u64 = std::mem::transmute(bounce);
            bounce(call);
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: nothing of it is in use.
        assert_eq!(unsafe { libc::dlclose(self.0) }, 0);
    }
}
