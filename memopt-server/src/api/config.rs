//! The settings of the monitor: shown without secrets, checked, changed.

use crate::answer::Answer;
use crate::app::Shared;
use crate::extract::Toml;
use crate::guard::Who;
use crate::problem::Problem;
use crate::role::Role;
use crate::scrub::scrubbed;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use memopt_monitor::config::{
    Config as Settings, ConfigError, Loaded, Origin, json_schema, masked, unmasked,
};
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// The settings in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Config {
    /// Changes with the text of the file.
    etag: String,
    /// The name of the file; null without one.
    file: Option<String>,
    /// What stands in the file, with `***1`, `***2` and so on for its secrets: `PUT` puts them back
    /// where these are left. Empty where the file is not there yet; null for who may not change it,
    /// and where it cannot be read or is no TOML.
    text: Option<String>,
    values: Vec<Setting>,
    /// What is in force, from all layers, as TOML, without secrets.
    toml: String,
    /// What is wrong with the file as it is now. The settings from before are in force then.
    fault: Option<String>,
}

/// A setting.
#[derive(Debug, Serialize, ToSchema)]
struct Setting {
    /// `monitoring.interval`
    path: String,
    /// As TOML; null where it is unset. Secrets are `***`.
    value: Option<String>,
    default: Option<String>,
    /// Where it was given; null for a default.
    origin: Option<String>,
    /// Whether the next start takes it up.
    at_start: bool,
}

/// What is asked of the monitor.
#[derive(Clone)]
struct Known {
    loaded: Loaded,
    path: Option<PathBuf>,
    /// What stands in the file now.
    text: Option<String>,
    fault: Option<String>,
}

async fn known(app: &Shared) -> Result<Known, Problem> {
    let ask = app.ask(|engine| {
        let settings = engine.settings();
        Known {
            loaded: settings.loaded().clone(),
            path: settings.path().map(Path::to_owned),
            text: None,
            fault: settings.fault().map(ToString::to_string),
        }
    });
    let mut known = ask.await?;
    // The monitor may not have taken up yet what stands there now.
    if let Some(path) = known.path.clone() {
        known.text = app.workers.short(move || text_of(&path)).await?;
    }
    Ok(known)
}

/// A larger file is no configuration.
const LONGEST: u64 = 1 << 20;

/// What stands in the file now, which may not be there yet; none where it cannot be read.
fn text_of(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(text),
        file => file.ok()?,
    };
    file.take(LONGEST + 1).read_to_string(&mut text).ok()?;
    Some(text).filter(|text| text.len() as u64 <= LONGEST)
}

/// FNV-1a of the text: it tells one text from another, and nothing else.
fn etag(text: Option<&str>) -> String {
    let bytes = text.unwrap_or_default().bytes();
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("\"{hash:016x}\"")
}

/// What is shown; `cut` leaves out the folders of files.
fn answer(app: &Shared, known: &Known, cut: bool) -> Response {
    let shown = |text: String| if cut { scrubbed(&text).into_owned() } else { text };
    let defaults: Vec<(String, Option<String>)> = Settings::default().values();
    let default =
        |path: &str| defaults.iter().find(|(it, _)| it == path).and_then(|it| it.1.clone());
    let origin = |path: &str| known.loaded.origins.get(path).map(origin);
    let value = |(path, value): (String, Option<String>)| Setting {
        default: default(&path),
        origin: origin(&path),
        at_start: Settings::is_at_start(&path),
        path,
        value: value.map(shown),
    };
    let etag = etag(known.text.as_deref());
    let tag = HeaderValue::from_str(&etag);
    let body = Config {
        etag,
        file: known.path.as_deref().map(name),
        text: known.text.as_deref().filter(|_| !cut).and_then(masked),
        values: known.loaded.config.values().into_iter().map(value).collect(),
        toml: shown(known.loaded.config.to_string()),
        fault: known.fault.clone().map(shown),
    };
    let mut answer = Json(app.answer(body)).into_response();
    if let Ok(tag) = tag {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// The name of a file without its folder, which is nobody's business.
fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::File { file, line, column } => {
            format!("{}:{line}:{column}", name(Path::new(file)))
        }
        other => other.to_string(),
    }
}

/// The settings in force, without secrets
///
/// Who may not change them is told the names of files alone.
#[utoipa::path(
    get, path = "/config", tag = "settings",
    responses((status = 200, body = Answer<Config>)),
)]
pub(super) async fn get(
    State(app): State<Shared>,
    Extension(Who(role)): Extension<Who>,
) -> Result<Response, Problem> {
    let cut = role < Some(Role::Administer);
    Ok(answer(&app, &known(&app).await?, cut))
}

/// The JSON schema of the settings
#[utoipa::path(
    get, path = "/config/schema", tag = "settings",
    responses((status = 200, description = "A JSON schema.", content_type = "application/schema+json")),
)]
pub(super) async fn schema() -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], json_schema()).into_response()
}

/// Whether settings are right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checked {
    valid: bool,
    /// All that is wrong.
    faults: Vec<SettingFault>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct SettingFault {
    /// The setting.
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
}

fn faults(error: &ConfigError) -> Vec<SettingFault> {
    let item = |fault: &memopt_monitor::config::Fault| {
        let place = match &fault.origin {
            Some(Origin::File { line, column, .. }) => Some((*line, *column)),
            _ => None,
        };
        SettingFault {
            path: fault.path.clone(),
            line: place.map(|it| it.0),
            column: place.map(|it| it.1),
            message: fault.message.clone(),
        }
    };
    error.faults().iter().map(item).collect()
}

/// Whether a text could be the file of the settings
#[utoipa::path(
    post, path = "/config/validate", tag = "settings",
    request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = Answer<Checked>)),
)]
pub(super) async fn validate(
    State(app): State<Shared>,
    Toml(text): Toml,
) -> Result<Json<Answer<Checked>>, Problem> {
    let checked = app.ask(move |engine| engine.settings().check(&text).err()).await?;
    let faults = checked.as_ref().map(faults).unwrap_or_default();
    Ok(Json(app.answer(Checked { valid: faults.is_empty(), faults })))
}

/// Writes the file of the settings, which is taken up within seconds
#[utoipa::path(
    put, path = "/config", tag = "settings",
    request_body(content = String, content_type = "text/plain"),
    params(("If-Match" = String, Header, description = "The `ETag` of `GET`.")),
    responses(
        (status = 200, body = Answer<Config>),
        (status = 409, body = crate::problem::ProblemDocument),
        (status = 412, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn put(
    State(app): State<Shared>,
    headers: HeaderMap,
    Toml(text): Toml,
) -> Result<Response, Problem> {
    let mut known = known(&app).await?;
    let Some(path) = known.path.clone() else {
        return Err(Problem::conflict(
            "the settings have no file: start the monitor with one to change them here",
        ));
    };
    let wanted = headers.get(header::IF_MATCH).and_then(|it| it.to_str().ok());
    let Some(wanted) = wanted else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "send the `ETag` of the settings that were changed as `If-Match`",
        ));
    };
    let before = known.text.as_deref().unwrap_or_default();
    let text = unmasked(&name(&path), &text, before).map_err(|error| refused(&error))?;
    let given = text.clone();
    let checked = app.ask(move |engine| engine.settings().check(&given).err()).await?;
    if let Some(error) = checked {
        return Err(refused(&error));
    }
    let wanted = wanted.to_owned();
    known.text = Some(text.clone());
    app.workers.short(move || write(&path, &text, &wanted)).await??;
    Ok(answer(&app, &known, false))
}

/// Says what is wrong with a text that was to be the file.
fn refused(error: &ConfigError) -> Problem {
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string());
    let field = |fault: SettingFault| crate::problem::Field::new(fault.path, fault.message);
    problem.fields = faults(error).into_iter().map(field).collect();
    problem
}

/// Writes it whole or not at all, if it is as it was seen.
fn write(path: &Path, text: &str, wanted: &str) -> Result<(), Problem> {
    let now = text_of(path);
    if wanted != "*" && now.is_none_or(|now| etag(Some(&now)) != wanted) {
        return Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "the file was changed since, or cannot be read: read it again",
        ));
    }
    replace(path, text)
        .map_err(|error| Problem::conflict(format!("the file cannot be written: {error}")))
}

/// Puts another text in the place of a file, whole or not at all. Who may read it stays so.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link goes on to lead to the file.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = path.with_extension("toml.new");
    // One that somebody left there, or put there.
    let _ = fs::remove_file(&new);
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
        how.mode(fs::metadata(path).map_or(0o600, |it| it.mode() & 0o777));
    }
    let mut file = how.open(&new)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // It has the secrets of the settings.
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_beside_it() {
        let folder = std::env::temp_dir().join(format!("memopt-replace-{}", std::process::id()));
        // A folder has the name.
        let path = folder.join("memopt.toml");
        fs::create_dir_all(&path).unwrap();
        assert!(replace(&path, "token = \"hunter2\"").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
