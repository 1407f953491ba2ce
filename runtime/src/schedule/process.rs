//! One schedule in a process of its own: a copy of this one, made when the program's code is in memory. So nothing that a run leaves behind,
//! in memory or anywhere in the process, is there for the next one, and a run that crashes or never ends harms nobody.
//!
//! What the copy writes to standard output and standard error goes to a file in memory; how it went, to memory that both share.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Deviation;
use super::run::Outcome;

/// The deviations that fit what is shared: 1 MiB. A schedule that has more is long; its first ones are kept.
const MOST_DEVIATIONS: usize = 40_000;

/// Seconds of processor time that a run may take.
const MOST_SECONDS: u64 = 60;

/// What a run tells the process that started it.
#[repr(C)]
struct Report {
    done: u64,
    status: i64,
    points: u64,
    crash_points: u64,
    count: u64,
    deviations: [Deviation; MOST_DEVIATIONS],
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// With this status.
    Status(i32),
    /// By this signal: the runtime's own fault, or memory was short.
    Signal(i32),
    /// It computed for longer than [`MOST_SECONDS`].
    TooLong,
}

impl Ended {
    pub fn well(self) -> bool {
        self == Ended::Status(0)
    }
}

/// Room for one process after the other.
pub struct Place {
    report: *mut Report,
    output: File,
    log: File,
    running: libc::pid_t,
}

/// What came of a run.
pub struct Result {
    pub ended: Ended,
    pub outcome: Outcome,
}

fn memory_file(name: &std::ffi::CStr) -> io::Result<File> {
    // SAFETY: a name with an end.
    let fd = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor, which nobody else has.
    Ok(unsafe { File::from_raw_fd(fd) })
}

impl Place {
    /// # Errors
    /// When memory is short.
    pub fn new() -> io::Result<Place> {
        // SAFETY: fresh memory.
        let report = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size_of::<Report>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if report == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Place {
            report: report.cast(),
            output: memory_file(c"goo-output")?,
            log: memory_file(c"goo-events")?,
            running: 0,
        })
    }

    /// Starts a process that does this and ends.
    ///
    /// # Errors
    /// When the system has no more processes.
    pub fn start(&mut self, run: impl FnOnce() -> Outcome) -> io::Result<()> {
        self.output.set_len(0)?;
        self.output.rewind()?;
        self.log.set_len(0)?;
        self.log.rewind()?;
        // SAFETY: the memory is ours, and no process that writes to it runs.
        unsafe { (*self.report).done = 0 };
        // SAFETY: the copy has one thread, this one. It calls nothing that waits for what another thread held at that moment: the compiler's
        // threads have no work, and the allocator's pages are each thread's own.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => self.be_the_copy(run),
            pid => {
                self.running = pid;
                Ok(())
            }
        }
    }

    fn be_the_copy(&mut self, run: impl FnOnce() -> Outcome) -> ! {
        let limit = libc::rlimit { rlim_cur: MOST_SECONDS, rlim_max: MOST_SECONDS + 5 };
        // SAFETY: descriptors of this process; a path with an end.
        unsafe {
            libc::setrlimit(libc::RLIMIT_CPU, &raw const limit);
            let nothing = libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY);
            libc::dup2(nothing, 0);
            libc::dup2(self.output.as_raw_fd(), 1);
            libc::dup2(self.output.as_raw_fd(), 2);
        }
        let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| std::process::abort());
        let _ = self.log.write_all(outcome.log.as_bytes());
        // SAFETY: shared memory, which the other side reads when this process has ended.
        unsafe {
            let report = &mut *self.report;
            let count = outcome.deviations.len().min(MOST_DEVIATIONS);
            report.deviations[..count].copy_from_slice(&outcome.deviations[..count]);
            report.count = count as u64;
            report.status = outcome.status.into();
            report.points = outcome.points;
            report.crash_points = outcome.crash_points;
            report.done = 1;
            // Nothing that would run at the end of the process is the copy's to do.
            libc::_exit(0)
        }
    }

    /// Waits for the process that was started.
    ///
    /// # Errors
    /// When the system does not know it.
    pub fn wait(&mut self) -> io::Result<Result> {
        let mut status = 0;
        loop {
            // SAFETY: a process of ours.
            if unsafe { libc::waitpid(self.running, &raw mut status, 0) } >= 0 {
                break;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        self.running = 0;
        // SAFETY: the process has ended.
        let report = unsafe { &*self.report };
        let ended = match libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)) {
            Some(libc::SIGXCPU) => Ended::TooLong,
            Some(signal) => Ended::Signal(signal),
            None if report.done == 1 => Ended::Status(report.status as i32),
            None => Ended::Status(libc::WEXITSTATUS(status)),
        };
        let mut outcome = Outcome::default();
        if report.done == 1 {
            outcome.status = report.status as i32;
            outcome.points = report.points;
            outcome.crash_points = report.crash_points;
            outcome.deviations = report.deviations[..report.count as usize].to_vec();
        }
        Ok(Result { ended, outcome })
    }

    /// What the last process wrote.
    pub fn output(&mut self) -> String {
        read(&mut self.output)
    }

    /// Its events.
    pub fn log(&mut self) -> String {
        read(&mut self.log)
    }
}

fn read(file: &mut File) -> String {
    let mut bytes = Vec::new();
    // What cannot be read is not shown.
    let _ = file.rewind();
    let _ = file.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.running != 0 {
            // SAFETY: a process of ours, which nobody waits for any more.
            unsafe {
                libc::kill(self.running, libc::SIGKILL);
                libc::waitpid(self.running, std::ptr::null_mut(), 0);
            }
        }
        // SAFETY: mapped in `new`.
        unsafe { libc::munmap(self.report.cast(), size_of::<Report>()) };
    }
}
