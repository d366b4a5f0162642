//! Reads all sources into an index: by one thread, or by several.

use crate::index::Index;
use crate::lex::Lexer;
use crate::walk::{Skipped, Source};
use indicatif::ProgressBar;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::{fs, io};

/// What a pass over the sources gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pass {
    /// The figures.
    pub(crate) index: Index,
    /// Files that could not be read.
    pub(crate) skipped: Vec<Skipped>,
}

/// Files between two looks of the optimizer.
const FILES_A_TICK: usize = 50;

/// Reads file after file.
#[memopt::track_alloc]
pub(crate) fn single(sources: &[Source], bar: &ProgressBar) -> Pass {
    let mut pass = Pass::default();
    for (n, source) in sources.iter().enumerate() {
        pass.read(source, bar);
        // (7) Between pieces of work the optimizer may look at what was measured; switched off, it
        // returns at once.
        if n % FILES_A_TICK == 0 {
            memopt::optimizer().tick();
        }
    }
    pass.sort();
    pass
}

/// Lets `threads` threads take file after file, each into an index of its own, and merges these.
#[memopt::track_alloc]
pub(crate) fn threaded(sources: &[Source], threads: usize, bar: &ProgressBar) -> Pass {
    let next = AtomicUsize::new(0);
    // (4) A thread starts outside every scope. What it does inside `run` belongs to this function,
    // as if it had been called here.
    let context = memopt::Context::current();
    let work = || {
        let mut pass = Pass::default();
        while let Some(source) = sources.get(next.fetch_add(1, Relaxed)) {
            pass.read(source, bar);
        }
        pass
    };
    let worker = || context.run(work);
    let mut merged = Pass::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            let part = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // (3) This block, up to its closing brace, has a line of its own as well.
            let _scope = memopt::scope!("merge");
            merged.index.merge(part.index);
            merged.skipped.extend(part.skipped);
        }
    });
    merged.sort();
    merged
}

impl Pass {
    fn read(&mut self, source: &Source, bar: &ProgressBar) {
        if let Err(error) = index_file(&mut self.index, source) {
            self.skipped.push(Skipped { path: source.path.clone(), why: error.to_string() });
        }
        bar.inc(source.bytes);
    }

    fn sort(&mut self) {
        self.index.sort();
        self.skipped.sort();
    }
}

/// One file: read it whole, cut it into tokens, count these.
#[memopt::track_alloc]
fn index_file(index: &mut Index, source: &Source) -> io::Result<()> {
    let text = fs::read_to_string(&source.path)?;
    let tokens = Lexer::new(&text).tokens();
    index.add(source, &text, &tokens);
    Ok(())
}
