//! The guest's ear and hand: starts programs and says what became of them.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, BufRead, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alloy_primitives::hex;

use super::message::{Answer, Exit, Request};

/// How often to look whether something has happened.
const POLL: Duration = Duration::from_millis(5);

/// The processes that the host has started.
#[derive(Default)]
pub struct Agent {
    processes: BTreeMap<String, Started>,
}

struct Started {
    child: Child,
    began: Instant,
    stdout: Output,
    stderr: Output,
    input: Option<JoinHandle<()>>,
}

/// What a process prints, gathered by a thread of its own, so that no pipe is ever full.
struct Output {
    text: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Output {
    fn gather(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut buffer) {
                let mut text = kept.lock().unwrap_or_else(PoisonError::into_inner);
                text.extend(buffer.get(..read).unwrap_or_default());
            }
        });
        Self { text, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn end(self) -> String {
        // A reader does not panic; what it gathered is what there is.
        drop(self.reader.join());
        String::from_utf8_lossy(&self.text.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Agent {
    /// Answers requests, one a line, until there are no more.
    ///
    /// # Errors
    /// [`io::Error`] when the port fails. A request that cannot be carried out is answered with the reason.
    pub fn serve(&mut self, requests: impl BufRead, answers: &mut impl Write) -> io::Result<()> {
        for line in requests.lines() {
            let answer = match serde_json::from_str(&line?) {
                Ok(request) => self.answer(request).unwrap_or_else(Answer::Failed),
                Err(error) => Answer::Failed(format!("the request cannot be read: {error}")),
            };
            say(answers, &answer)?;
        }
        Ok(())
    }

    fn answer(&mut self, request: Request) -> Result<Answer, String> {
        match request {
            Request::Start { process, program, arguments, input } => {
                let started = Started::new(&program, &arguments, input)
                    .map_err(|error| format!("{program} cannot be started: {error}"))?;
                self.processes.insert(process, started);
                Ok(Answer::Done)
            }
            Request::Expect { process, words, within_ms } => {
                let started = self.processes.get_mut(&process).ok_or_else(|| unknown(&process))?;
                started.expect(&words, Duration::from_millis(within_ms)).map(|()| Answer::Done)
            }
            Request::Wait { process, within_ms } => {
                let started = self.processes.get_mut(&process).ok_or_else(|| unknown(&process))?;
                let status = started.ended(Duration::from_millis(within_ms))?;
                self.end(&process, status)
            }
            Request::Kill { process } => {
                let started = self.processes.get_mut(&process).ok_or_else(|| unknown(&process))?;
                let status = started.child.kill().and_then(|()| started.child.wait());
                let status = status.map_err(|error| error.to_string())?;
                self.end(&process, status)
            }
            Request::Folder { path } => {
                make_folder(Path::new(&path)).map_err(|error| format!("{path}: {error}"))?;
                Ok(Answer::Done)
            }
            Request::Write { path, bytes } => {
                let bytes = hex::decode(bytes).map_err(|error| format!("{path}: {error}"))?;
                write(Path::new(&path), &bytes).map_err(|error| format!("{path}: {error}"))?;
                Ok(Answer::Done)
            }
            Request::Read { path } => match fs::read(&path) {
                Ok(bytes) => Ok(Answer::Bytes(hex::encode(bytes))),
                Err(error) => Err(format!("{path}: {error}")),
            },
        }
    }

    fn end(&mut self, process: &str, status: ExitStatus) -> Result<Answer, String> {
        let started = self.processes.remove(process).ok_or_else(|| unknown(process))?;
        let ms = u64::try_from(started.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(input) = started.input {
            drop(input.join());
        }
        Ok(Answer::Ended(Exit {
            code: status.code(),
            signal: status.signal(),
            stdout: started.stdout.end(),
            stderr: started.stderr.end(),
            ms,
        }))
    }
}

/// Makes a folder and those above it, for their owner alone.
fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file for its owner alone, with the folders above it, which are their owner's alone too.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

/// Writes one answer.
pub(super) fn say(answers: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    answers.write_all(&line)?;
    answers.flush()
}

fn unknown(process: &str) -> String {
    format!("there is no process {process}")
}

impl Started {
    fn new(program: &str, arguments: &[String], input: String) -> io::Result<Self> {
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipe = || io::Error::other("a pipe is missing");
        let stdout = Output::gather(child.stdout.take().ok_or_else(pipe)?);
        let stderr = Output::gather(child.stderr.take().ok_or_else(pipe)?);
        let stdin = child.stdin.take();
        let input = stdin.map(|mut stdin| {
            // A program that refuses early closes its input: that is its right.
            std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())))
        });
        Ok(Self { child, began, stdout, stderr, input })
    }

    fn printed(&self) -> String {
        format!("{}{}", self.stdout.text(), self.stderr.text())
    }

    fn expect(&mut self, words: &str, within: Duration) -> Result<(), String> {
        let began = Instant::now();
        loop {
            // Asked before looking, and only once its pipes are read to their ends, so that what it printed last is
            // seen too.
            let read = self.stdout.reader.is_finished() && self.stderr.reader.is_finished();
            let ended = self.child.try_wait().map_err(|error| error.to_string())?.filter(|_| read);
            if self.stdout.text().contains(words) || self.stderr.text().contains(words) {
                return Ok(());
            }
            if let Some(status) = ended {
                return Err(format!(
                    "it ended ({status}) without {words:?}; it printed:\n{}",
                    self.printed()
                ));
            }
            if began.elapsed() > within {
                let printed = self.printed();
                return Err(format!("no {words:?} within {} ms; it printed:\n{printed}", within.as_millis()));
            }
            std::thread::sleep(POLL);
        }
    }

    fn ended(&mut self, within: Duration) -> Result<ExitStatus, String> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Ok(status);
            }
            if began.elapsed() > within {
                let printed = self.printed();
                return Err(format!("it runs after {} ms; it printed:\n{printed}", within.as_millis()));
            }
            std::thread::sleep(POLL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// What an agent answers to these requests.
    fn answers(requests: &[Request]) -> Vec<Answer> {
        let lines = requests.iter().map(|request| serde_json::to_string(request).unwrap());
        let lines = lines.collect::<Vec<_>>().join("\n");
        let mut said = Vec::new();
        Agent::default().serve(lines.as_bytes(), &mut said).unwrap();
        let said = String::from_utf8(said).unwrap();
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn start(script: &str, input: &str) -> Request {
        Request::Start {
            process: "p".into(),
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            input: input.into(),
        }
    }

    fn wait() -> Request {
        Request::Wait { process: "p".into(), within_ms: 10_000 }
    }

    fn expect(words: &str, within_ms: u64) -> Request {
        Request::Expect { process: "p".into(), words: words.into(), within_ms }
    }

    #[test]
    fn a_program_gets_its_input_and_its_outputs_and_code_come_back() {
        let answers = answers(&[start("read a; echo out $a; echo err >&2; exit 8", "in\n"), wait()]);
        let [Answer::Done, Answer::Ended(exit)] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!((exit.code, exit.signal), (Some(8), None));
        assert_eq!((exit.stdout.as_str(), exit.stderr.as_str()), ("out in\n", "err\n"));
    }

    #[test]
    fn words_are_waited_for_and_a_process_can_be_ended() {
        let kill = Request::Kill { process: "p".into() };
        let answers = answers(&[start("echo ready; exec sleep 60", ""), expect("ready", 10_000), kill]);
        let [Answer::Done, Answer::Done, Answer::Ended(exit)] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!((exit.code, exit.signal), (None, Some(9)));
    }

    #[test]
    fn what_cannot_be_done_is_answered_with_the_reason() {
        let nowhere = Request::Start {
            process: "p".into(),
            program: "/nowhere".into(),
            arguments: vec![],
            input: String::new(),
        };
        let silent = [start("exec sleep 60", ""), expect("ready", 20), wait_ms(20)];
        let ended = [start("echo gone", ""), expect("ready", 10_000)];
        let read = Request::Read { path: "/nowhere".into() };
        for (requests, words) in [
            (&[nowhere][..], "/nowhere cannot be started"),
            (&[wait()], "no process p"),
            (&[expect("x", 1)], "no process p"),
            (&[read], "/nowhere: "),
            (&silent[..2], "no \"ready\" within 20 ms"),
            (&[silent[0].clone(), silent[2].clone()], "it runs after 20 ms"),
            (&ended, "without \"ready\"; it printed:\ngone"),
        ] {
            let answers = answers(requests);
            let Some(Answer::Failed(why)) = answers.last() else { panic!("{answers:?}") };
            assert!(why.contains(words), "{why}");
        }
        let mut said = Vec::new();
        Agent::default().serve(&b"nonsense\n"[..], &mut said).unwrap();
        assert!(String::from_utf8(said).unwrap().contains("cannot be read"));
    }

    fn wait_ms(within_ms: u64) -> Request {
        Request::Wait { process: "p".into(), within_ms }
    }

    #[test]
    fn a_file_comes_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/f").to_str().unwrap().to_owned();
        let write = |bytes: &str| Request::Write { path: path.clone(), bytes: bytes.to_owned() };
        let read = Request::Read { path: path.clone() };
        let answers = answers(&[write("00112233"), write("00ff0a"), read, write("0")]);
        assert_eq!(answers[..3], [Answer::Done, Answer::Done, Answer::Bytes("00ff0a".to_owned())]);
        assert!(matches!(answers[3], Answer::Failed(_)));
    }

    #[test]
    fn a_folder_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let make = || Request::Folder { path: path.to_str().unwrap().to_owned() };
        assert_eq!(answers(&[make(), make()]), [Answer::Done, Answer::Done]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o700, 0o700));
    }
}
