//! The server: which request is answered by which module.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use goo_compiler::driver::on_big_stack;
use goo_compiler::format;
use goo_compiler::graph::Operation;
use goo_compiler::syntax::FileId;
use serde_json::Value;
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::lsp_types::*;
use tower_lsp::{Client, LanguageServer};

use crate::analysis::Analysis;
use crate::channels;
use crate::snapshot::Snapshot;
use crate::text::{Encoding, Text};
use crate::workspace::{self, path_of};
use crate::{
    actions, calls, completion, diagnostics, graph, hints, hover, lenses, navigation, progress, ranges,
    signature, symbols, tokens, trace,
};

pub struct Server {
    client: Client,
    analysis: Arc<Analysis>,
    changed: Arc<Notify>,
    /// The client shows progress.
    shows_progress: Arc<AtomicBool>,
    knows_snippets: AtomicBool,
    /// The client can tell of changed files, when it is asked to.
    can_watch: AtomicBool,
    /// The lenses that the client has commands for.
    lenses: OnceLock<Vec<String>>,
}

impl Server {
    pub fn new(client: Client, analysis: Arc<Analysis>) -> Server {
        let changed = Arc::new(Notify::new());
        let shows_progress = Arc::new(AtomicBool::new(false));
        tokio::spawn(publish(client.clone(), analysis.clone(), changed.clone(), shows_progress.clone()));
        Server {
            client,
            analysis,
            changed,
            shows_progress,
            knows_snippets: AtomicBool::new(false),
            can_watch: AtomicBool::new(false),
            lenses: OnceLock::new(),
        }
    }

    /// What is known about the package of a document, and the document in it.
    async fn at(&self, url: &Url) -> Option<(Arc<Snapshot>, FileId)> {
        let path = path_of(url);
        let snapshot = self.analysis.of_file(&path).await?;
        let file = snapshot.file(&path)?;
        Some((snapshot, file))
    }

    /// The same, with a place in the document as a byte.
    async fn place(&self, position: &TextDocumentPositionParams) -> Option<(Arc<Snapshot>, FileId, usize)> {
        let (snapshot, file) = self.at(&position.text_document.uri).await?;
        let offset = snapshot.offset(file, position.position);
        Some((snapshot, file, offset))
    }

    /// The same, in each package that may speak of what stands there: those of the module, if it is seen outside its own.
    async fn views(&self, position: &TextDocumentPositionParams) -> Vec<(Arc<Snapshot>, FileId, usize)> {
        let Some(own) = self.place(position).await else { return Vec::new() };
        let (snapshot, file, offset) = &own;
        let declared = snapshot.index().at(*file, *offset).and_then(|found| snapshot.declared(found.target));
        let mut views = vec![own];
        let Some((path, start, true)) = declared else { return views };
        let documents = self.analysis.documents().clone();
        let from = path.clone();
        let packages = tokio::task::spawn_blocking(move || documents.packages_beside(&from)).await;
        for package in packages.unwrap_or_default() {
            let Some(snapshot) = self.analysis.of_package(package).await else { continue };
            if let Some(file) = snapshot.file(&path)
                && !Arc::ptr_eq(&snapshot, &views[0].0)
            {
                views.push((snapshot, file, start as usize));
            }
        }
        views
    }

    /// Completion by what was found out about the text as it was just before, where that is enough: who types does not wait
    /// until the package is checked again.
    fn completed_soon(&self, url: &Url, position: Position) -> Option<Vec<CompletionItem>> {
        let path = path_of(url);
        let snapshot = self.analysis.latest(&path)?;
        let text = self.analysis.documents().get(&path)?.text.clone();
        completion::from_earlier(&snapshot, snapshot.file(&path)?, &text, position)
    }

    async fn partners(
        &self,
        params: TextDocumentPositionParams,
        operation: Operation,
    ) -> Result<Vec<Location>> {
        let Some((snapshot, file, offset)) = self.place(&params).await else { return Ok(Vec::new()) };
        Ok(channels::partners(&snapshot, file, offset, operation))
    }

    /// `goo/senders`: who sends to the channel at a place.
    pub async fn senders(&self, params: TextDocumentPositionParams) -> Result<Vec<Location>> {
        self.partners(params, Operation::Send).await
    }

    /// `goo/receivers`: who receives from it.
    pub async fn receivers(&self, params: TextDocumentPositionParams) -> Result<Vec<Location>> {
        self.partners(params, Operation::Receive).await
    }

    /// `goo/graph`: the program's tasks, supervisors and channels.
    pub async fn graph(&self, params: graph::Params) -> Result<Value> {
        let found = self.at(&params.uri).await;
        Ok(found.map_or(Value::Null, |(snapshot, _)| graph::answer(&snapshot, params.format)))
    }

    /// `goo/channelTrace`: what a recording knows about a document.
    pub async fn channel_trace(&self, params: trace::Params) -> Result<Value> {
        Ok(trace::answer(&params.uri))
    }
}

fn refused(message: String) -> Error {
    Error { code: ErrorCode::InvalidRequest, message: message.into(), data: None }
}

/// Publishes the diagnostics of all open packages whenever something has changed.
async fn publish(
    client: Client,
    analysis: Arc<Analysis>,
    changed: Arc<Notify>,
    shows_progress: Arc<AtomicBool>,
) {
    let mut published = BTreeMap::<Url, Vec<Diagnostic>>::new();
    loop {
        changed.notified().await;
        let (packages, generation) = {
            let documents = analysis.documents();
            (documents.packages(), documents.generation)
        };
        let mut found = BTreeMap::<Url, (Vec<Diagnostic>, Option<i32>)>::new();
        let mut unreadable = found.clone();
        for package in packages {
            let taken = analysis.of_package(package.clone());
            let taken = match shows_progress.load(Ordering::Relaxed) {
                true => {
                    let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    progress::show(&client, format!("Checking {name}"), taken).await
                }
                false => taken.await,
            };
            let Some(snapshot) = taken else { continue };
            let problems = diagnostics::unreadable(&snapshot, &analysis.documents());
            for (url, diagnostic) in problems {
                let version = analysis.documents().get(&path_of(&url)).map(|document| document.version);
                let (known, _) = unreadable.entry(url).or_insert_with(|| (Vec::new(), version));
                // Packages of one module have one `goo.toml`.
                if !known.contains(&diagnostic) {
                    known.push(diagnostic);
                }
            }
            for file in snapshot.own_files() {
                let Some(url) = snapshot.url(file) else { continue };
                let path = path_of(&url);
                // A file that another package imports is spoken for by its own, if that is open.
                let own = path.starts_with(&package);
                if own || !found.contains_key(&url) {
                    let version = analysis.documents().get(&path).map(|document| document.version);
                    found.insert(url, (diagnostics::of_file(&snapshot, file), version));
                }
            }
        }
        for (url, (problems, version)) in unreadable {
            found.entry(url).or_insert_with(|| (Vec::new(), version)).0.extend(problems);
        }
        if analysis.documents().generation != generation {
            // What was found is stale; the change that made it so has been noted.
            changed.notify_one();
            continue;
        }
        for url in published.keys().filter(|url| !found.contains_key(url)) {
            client.publish_diagnostics(url.clone(), Vec::new(), None).await;
        }
        let before = std::mem::take(&mut published);
        for (url, (diagnostics, version)) in found {
            // An open document's are always sent: they say which version they are about.
            if version.is_some() || before.get(&url) != Some(&diagnostics) {
                client.publish_diagnostics(url.clone(), diagnostics.clone(), version).await;
            }
            published.insert(url, diagnostics);
        }
        analysis.forget_closed();
    }
}

/// The folders that the client works in.
fn roots(params: &InitializeParams) -> Vec<std::path::PathBuf> {
    let root = params.root_uri.as_ref();
    match &params.workspace_folders {
        Some(folders) => folders.iter().map(|folder| path_of(&folder.uri)).collect(),
        None => root.map(path_of).into_iter().collect(),
    }
}

/// The lenses that the client has commands for; all, if it does not say.
fn wanted_lenses(options: Option<&Value>) -> Vec<String> {
    let named = options.and_then(|options| options.get("lenses")?.as_array());
    match named {
        Some(named) => named.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
        None => ["run", "test", "debug", "trace"].map(str::to_owned).to_vec(),
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let capabilities = &params.capabilities;
        let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::choose(offered);
        let window = capabilities.window.as_ref();
        let progress = window.and_then(|window| window.work_done_progress).unwrap_or(false);
        self.shows_progress.store(progress, Ordering::Relaxed);
        let watch =
            capabilities.workspace.as_ref().and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let watch = watch.and_then(|watch| watch.dynamic_registration).unwrap_or(false);
        self.can_watch.store(watch, Ordering::Relaxed);
        let item = capabilities
            .text_document
            .as_ref()
            .and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let snippets = item.and_then(|item| item.snippet_support).unwrap_or(false);
        self.knows_snippets.store(snippets, Ordering::Relaxed);
        // A second `initialize` is refused before it comes here.
        let _ = self.lenses.set(wanted_lenses(params.initialization_options.as_ref()));
        {
            let mut documents = self.analysis.documents();
            documents.encoding = encoding;
            documents.roots = roots(&params);
        }
        Ok(InitializeResult {
            capabilities: offers(encoding),
            server_info: Some(ServerInfo {
                name: "goo".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.client.log_message(MessageType::INFO, "goo is ready").await;
        if self.can_watch.load(Ordering::Relaxed) {
            let pattern = |glob: &str| FileSystemWatcher {
                glob_pattern: GlobPattern::String(glob.to_owned()),
                kind: None,
            };
            let watchers = vec![pattern("**/*.goo"), pattern("**/goo.toml"), pattern("**/.goo/trace.json")];
            let options = DidChangeWatchedFilesRegistrationOptions { watchers };
            let registration = Registration {
                id: "goo-files".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: serde_json::to_value(options).ok(),
            };
            let client = self.client.clone();
            // Not waited for: the client may ask something before it answers.
            tokio::spawn(async move { client.register_capability(vec![registration]).await });
        }
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    // The documents have changed already when these are called: see `ordered`.

    async fn did_open(&self, _: DidOpenTextDocumentParams) {
        self.changed.notify_one();
    }

    async fn did_change(&self, _: DidChangeTextDocumentParams) {
        self.changed.notify_one();
    }

    async fn did_close(&self, _: DidCloseTextDocumentParams) {
        self.changed.notify_one();
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        self.changed.notify_one();
    }

    async fn did_change_watched_files(&self, _: DidChangeWatchedFilesParams) {
        self.analysis.documents().generation += 1;
        self.changed.notify_one();
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let mut documents = self.analysis.documents();
        let removed: Vec<_> = params.event.removed.iter().map(|folder| path_of(&folder.uri)).collect();
        documents.roots.retain(|root| !removed.contains(root));
        documents.roots.extend(params.event.added.iter().map(|folder| path_of(&folder.uri)));
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = self.place(&params.text_document_position_params).await;
        Ok(place.and_then(|(snapshot, file, offset)| hover::hover(&snapshot, file, offset)))
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let mut items = match self.completed_soon(&text_document.uri, position) {
            Some(items) => items,
            None => {
                let Some((snapshot, file)) = self.at(&text_document.uri).await else { return Ok(None) };
                completion::completion(&snapshot, file, position)
            }
        };
        if !self.knows_snippets.load(Ordering::Relaxed) {
            completion::without_snippets(&mut items);
        }
        Ok(Some(CompletionResponse::Array(items)))
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let place = self.place(&params.text_document_position_params).await;
        Ok(place.and_then(|(snapshot, file, offset)| signature::signature_help(&snapshot, file, offset)))
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = self.place(&params.text_document_position_params).await;
        let found =
            place.and_then(|(snapshot, file, offset)| navigation::definition(&snapshot, file, offset));
        Ok(found.map(GotoDefinitionResponse::Scalar))
    }

    async fn goto_type_definition(
        &self,
        params: request::GotoTypeDefinitionParams,
    ) -> Result<Option<request::GotoTypeDefinitionResponse>> {
        let place = self.place(&params.text_document_position_params).await;
        let found =
            place.and_then(|(snapshot, file, offset)| navigation::type_definition(&snapshot, file, offset));
        Ok(found.map(GotoDefinitionResponse::Scalar))
    }

    async fn goto_implementation(
        &self,
        params: request::GotoImplementationParams,
    ) -> Result<Option<request::GotoImplementationResponse>> {
        let views = self.views(&params.text_document_position_params).await;
        Ok(Some(GotoDefinitionResponse::Array(navigation::implementations(&views))))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let views = self.views(&params.text_document_position).await;
        Ok(Some(navigation::references(&views, params.context.include_declaration)))
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let Some((snapshot, file, offset)) = self.place(&params.text_document_position_params).await else {
            return Ok(None);
        };
        Ok(Some(navigation::highlights(&snapshot, file, offset)))
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let Some((snapshot, file, offset)) = self.place(&params).await else { return Ok(None) };
        navigation::prepare_rename(&snapshot, file, offset).map(Some).map_err(refused)
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let views = self.views(&params.text_document_position).await;
        if views.is_empty() {
            return Ok(None);
        }
        navigation::rename(&views, &params.new_name).map(Some).map_err(refused)
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let found = self.at(&params.text_document.uri).await;
        Ok(found.map(|(snapshot, file)| DocumentSymbolResponse::Nested(symbols::document(&snapshot, file))))
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<Vec<SymbolInformation>>> {
        let documents = self.analysis.documents().clone();
        let search = move || {
            let mut files = workspace::sources(&documents.roots);
            // Those that are open count, wherever they are; their packages as well.
            for package in documents.packages() {
                match package.is_dir() {
                    true => files.extend(workspace::goo_files(&package)),
                    false => _ = files.insert(package),
                }
            }
            let mut found = Vec::new();
            for file in files {
                let (Ok(text), Some(url)) = (documents.read(&file), workspace::url_of(&file)) else {
                    continue;
                };
                let text = Text::new(text);
                found.extend(symbols::workspace(&text, documents.encoding, &url, &params.query));
            }
            found
        };
        let searched = tokio::task::spawn_blocking(move || on_big_stack(search)).await;
        Ok(searched.ok())
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let found = self.at(&params.text_document.uri).await;
        Ok(found.map(|(snapshot, file)| {
            let data = tokens::tokens(&snapshot, file);
            SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data })
        }))
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let Some((snapshot, file)) = self.at(&params.text_document.uri).await else { return Ok(None) };
        let mut found = hints::hints(&snapshot, file, params.range);
        found.extend(trace::hints(&params.text_document.uri));
        Ok(Some(found))
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let found = self.at(&params.text_document.uri).await;
        Ok(found.map(|(snapshot, file)| ranges::folds(&snapshot, file)))
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let found = self.at(&params.text_document.uri).await;
        Ok(found.map(|(snapshot, file)| ranges::selections(&snapshot, file, &params.positions)))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let found = self.at(&params.text_document.uri).await;
        let Some((snapshot, file)) = found else { return Ok(None) };
        // Changes are tried out before they are offered.
        let offer = move || {
            let mut found = on_big_stack(|| actions::actions(&snapshot, file, params.range));
            if let Some(only) = &params.context.only {
                found.retain(|action| actions::is_wanted(action, only));
            }
            found
        };
        Ok(tokio::task::spawn_blocking(offer).await.ok())
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let found = self.at(&params.text_document.uri).await;
        Ok(found.map(|(snapshot, file)| {
            let wanted = self.lenses.get().map_or(&[][..], Vec::as_slice);
            let mut lenses = lenses::lenses(&snapshot, file, wanted);
            lenses.extend(channels::lenses(&snapshot, file));
            lenses
        }))
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let (text, encoding) = {
            let documents = self.analysis.documents();
            let Some(document) = documents.get(&path_of(&params.text_document.uri)) else { return Ok(None) };
            (document.text.clone(), documents.encoding)
        };
        // Text with mistakes stays as it is; the diagnostics say what they are.
        let Ok(new_text) = format::format(FileId(0), text.as_str()) else { return Ok(None) };
        if new_text == text.as_str() {
            return Ok(Some(Vec::new()));
        }
        Ok(Some(vec![TextEdit { range: text.range(0, text.as_str().len(), encoding), new_text }]))
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let place = self.place(&params.text_document_position_params).await;
        Ok(place.and_then(|(snapshot, file, offset)| calls::prepare(&snapshot, file, offset)))
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        let text_document = TextDocumentIdentifier { uri: params.item.uri };
        let position = params.item.selection_range.start;
        let views = self.views(&TextDocumentPositionParams { text_document, position }).await;
        Ok(Some(calls::incoming(&views)))
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        let found = self.at(&params.item.uri).await;
        Ok(found.map(|(snapshot, file)| calls::outgoing(&snapshot, file, &params.item)))
    }
}

fn offers(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".to_owned()]),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some(vec!["(".to_owned(), ",".to_owned()]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        implementation_provider: Some(ImplementationProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::REFACTOR_INLINE,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
                CodeActionKind::SOURCE_FIX_ALL,
            ]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        document_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: SemanticTokensLegend {
                    token_types: tokens::TYPES.to_vec(),
                    token_modifiers: tokens::MODIFIERS.to_vec(),
                },
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}
