;;; goo-mode.el --- Major mode for Goo -*- lexical-binding: t -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "26.1"))
;; Keywords: languages
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Colours, indentation and commands for Goo, and its language server, `goo lsp', by eglot or lsp-mode.
;;
;;     (use-package goo-mode
;;       :load-path "/path/to/goo/editors/emacs"
;;       :hook (goo-mode . eglot-ensure))
;;
;; `C-c C-r' runs the file, `C-c C-t' its tests, `C-c C-b' builds it, `C-c C-f' formats it, `C-c C-g' shows the
;; channel graph, `C-c C-s' and `C-c C-v' go to who sends to the channel at point, and who receives from it.

;;; Code:

(require 'compile)

(defgroup goo nil "Goo." :group 'languages)

(defcustom goo-command "goo" "The `goo' command." :type 'string :group 'goo)

(defcustom goo-format-on-save t "Whether a buffer is formatted when it is saved." :type 'boolean :safe #'booleanp :group 'goo)

(defcustom goo-tab-width 4 "How wide a tab is shown." :type 'integer :safe #'integerp :group 'goo)

;;; Words

(defconst goo--keywords
  '("break" "case" "chan" "const" "continue" "default" "defer" "else" "fallthrough" "for" "func" "go" "if" "import"
    "interface" "map" "package" "range" "return" "select" "struct" "switch" "type" "var")
  "Words that are reserved.")

(defconst goo--types
  '("any" "bool" "byte" "comparable" "duration" "error" "float32" "float64" "int" "int16" "int32" "int64" "int8" "rune"
    "string" "supervisor" "uint" "uint16" "uint32" "uint64" "uint8" "uintptr")
  "Types that are built in.")

(defconst goo--builtins
  '("append" "cap" "clear" "close" "copy" "delete" "len" "make" "max" "min" "panic" "print" "println")
  "Functions that are built in.")

(defconst goo--name "[[:alpha:]_][[:alnum:]_]*")

(defconst goo--operand "[ \t]+\\(?:[[:alnum:]_\"'`!([{]\\|<-[^ ]\\|[-+*&^][[:alnum:]_(]\\)"
  "What shows that the word before is a keyword: an operand.")

(defun goo--word (words)
  "A matcher for WORDS where an operand follows: there they are no names."
  (concat "\\(?:^\\|[^.[:alnum:]_]\\)\\(" (regexp-opt words) "\\)" goo--operand))

(defconst goo-font-lock-keywords
  `((,(concat "\\_<\\(func\\)\\_>[ \t]+\\(" goo--name "\\)") (2 font-lock-function-name-face))
    (,(concat "\\_<func\\_>[ \t]*([^)\n]*)[ \t]*\\(" goo--name "\\)[ \t]*[[(]") 1 font-lock-function-name-face)
    (,(concat "\\_<type\\_>[ \t]+\\(" goo--name "\\)") 1 font-lock-type-face)
    ("\\_<enum\\_>[ \t]*{" . (0 font-lock-keyword-face nil t))
    (,(concat "^\\(test\\)[ \t]+[\"`]") 1 font-lock-keyword-face)
    (,(regexp-opt goo--keywords 'symbols) . font-lock-keyword-face)
    ;; Words that are not reserved, where their constructs stand.
    (,(goo--word '("try" "fail" "yield" "assert")) 1 font-lock-keyword-face)
    ("\\(?:^\\|[^.[:alnum:]_]\\)\\(match\\)[ \t]+[^=:,.)\n]+{" 1 font-lock-keyword-face)
    (,(concat "[])}[:alnum:]_\"'`][ \t]+\\(recover\\)[ \t]+\\(?:" goo--name "[ \t]*\\)?{") 1 font-lock-keyword-face)
    ("[])}[:alnum:]_][ \t]+\\(within\\|per\\)[ \t]+[[:alnum:]_(]" 1 font-lock-keyword-face)
    ("\\_<\\(supervise\\)\\_>[ \t]*\\(?:[({]\\|one_for\\|rest_for\\)" 1 font-lock-keyword-face)
    ("\\_<go[ \t]+\\(parallel\\)[ \t]+for\\_>" 1 font-lock-keyword-face)
    ("\\_<select[ \t]+\\(first\\)[ \t]*{" 1 font-lock-keyword-face)
    ("\\_<case[ \t]+\\(after\\)[ \t]+[[:alnum:]_(]" 1 font-lock-keyword-face)
    (")[ \t]+\\(workers\\|after\\|start\\|shutdown\\|restart\\|significant\\)\\_>" 1 font-lock-keyword-face)
    (,(concat "\\_<" (regexp-opt '("push" "pull" "pub" "sub" "broadcast" "req" "rep" "pair" "dealer" "router") t) "[ \t]+chan\\_>")
     1 font-lock-keyword-face)
    ("@[ \t]*\\(bind\\|connect\\)\\_>" 1 font-lock-keyword-face)
    (,(regexp-opt '("one_for_one" "one_for_all" "rest_for_one" "permanent" "transient" "temporary") 'symbols)
     . font-lock-constant-face)
    ("\\_<\\(?:true\\|false\\|none\\|iota\\)\\_>" . font-lock-constant-face)
    ;; `150ms', `1h30m': words of the editor, numbers of Goo.
    ("\\_<\\(?:[0-9][0-9_]*\\(?:\\.[0-9]+\\)?\\(?:ns\\|us\\|ms\\|s\\|m\\|h\\)\\)+\\_>" . font-lock-constant-face)
    (,(concat "\\(?:^\\|[^.]\\)\\_<\\(" (regexp-opt goo--builtins) "\\)(") 1 font-lock-builtin-face)
    (,(regexp-opt goo--types 'symbols) . font-lock-type-face)
    (,(concat "\\_<\\(" goo--name "\\)(") 1 font-lock-function-name-face))
  "What is coloured besides strings and comments.")

(defvar goo-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23" table)
    (modify-syntax-entry ?\n "> b" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?` "\"" table)
    (dolist (mark '(?+ ?- ?% ?& ?| ?^ ?! ?= ?< ?> ?~ ??)) (modify-syntax-entry mark "." table))
    table)
  "Strings, runes, comments.")

(defun goo--syntax-propertize (begin end)
  "A backslash escapes nothing in the raw strings between BEGIN and END."
  (goto-char begin)
  (while (search-forward "\\" end t)
    (let ((state (save-excursion (syntax-ppss (1- (point))))))
      (if (eq (nth 3 state) ?`)
          (put-text-property (1- (point)) (point) 'syntax-table '(1 . nil))
        (unless (eobp) (forward-char))))))

;;; Indentation: tabs by brackets, as `goo fmt' lays out.

(defun goo--case-p ()
  "Whether the line at point begins a clause of a `switch' or `select'."
  (looking-at "[ \t]*\\(?:case\\_>\\|default[ \t]*:\\)"))

(defun goo--line-indentation ()
  "How far the line at point is to be indented; nil in a raw string."
  (save-excursion
    (beginning-of-line)
    (let* ((state (syntax-ppss))
           (open (nth 1 state))
           (closes (looking-at "[ \t]*[])}]"))
           (clause (goo--case-p)))
      (cond
       ((or (nth 3 state) (nth 4 state)) nil)
       ((null open) 0)
       (t
        (goto-char open)
        (if (or closes clause) (current-indentation) (+ (current-indentation) tab-width)))))))

(defun goo-indent-line ()
  "Indent the line at point."
  (interactive)
  (let ((wanted (goo--line-indentation))
        (behind (- (current-column) (current-indentation))))
    (if (null wanted)
        'noindent
      (indent-line-to wanted)
      (when (> behind 0) (move-to-column (+ wanted behind))))))

;;; Commands

(defun goo--run (&rest arguments)
  "Run `goo-command' with ARGUMENTS in a compilation buffer."
  (save-some-buffers (not compilation-ask-about-save) (lambda () (eq major-mode 'goo-mode)))
  (compile (mapconcat #'shell-quote-argument (cons goo-command arguments) " ")))

(defun goo-run-file () "Run this file." (interactive) (goo--run "run" (buffer-file-name)))
(defun goo-test-file () "Run the tests of this file." (interactive) (goo--run "test" (buffer-file-name)))
(defun goo-build-file () "Make a binary of this file." (interactive) (goo--run "build" (buffer-file-name)))
(defun goo-check () "Find mistakes in this package." (interactive) (goo--run "check" default-directory))

(defun goo-format-buffer ()
  "Lay this buffer out; one with mistakes in its syntax stays as it is."
  (interactive)
  (let ((output (generate-new-buffer " *goo fmt*"))
        (source (current-buffer)))
    (unwind-protect
        (if (zerop (call-process-region nil nil goo-command nil (list output nil) nil "fmt" "-"))
            (with-current-buffer source (replace-buffer-contents output))
          (message "goo fmt: the syntax has mistakes"))
      (kill-buffer output))))

(defun goo--before-save () "Format if that is wanted." (when goo-format-on-save (goo-format-buffer)))

(defun goo-graph ()
  "Show tasks, supervisors and channels of the program."
  (interactive)
  (let ((file (buffer-file-name)))
    (with-current-buffer (get-buffer-create "*goo graph*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (call-process goo-command nil t nil "graph" file)
        (goto-char (point-min)))
      (special-mode)
      (display-buffer (current-buffer)))))

(declare-function eglot-current-server "eglot")
(declare-function eglot--TextDocumentPositionParams "eglot")
(declare-function eglot--uri-to-path "eglot")
(declare-function jsonrpc-request "jsonrpc")
(declare-function xref-show-xrefs "xref")
(declare-function xref-make "xref")
(declare-function xref-make-file-location "xref")

(defun goo--partners (method)
  "Where METHOD leads from the channel at point: (FILE LINE COLUMN), lines from 1."
  (mapcar
   (lambda (place)
     (let ((start (plist-get (plist-get place :range) :start))
           (uri (plist-get place :uri)))
       (list (if (fboundp 'eglot-uri-to-path) (funcall 'eglot-uri-to-path uri) (eglot--uri-to-path uri))
             (1+ (plist-get start :line))
             (plist-get start :character))))
   (jsonrpc-request (or (eglot-current-server) (user-error "The language server does not run: M-x eglot")) method
                    (eglot--TextDocumentPositionParams))))

(defun goo--go-to-partners (method none)
  "Go to what METHOD gives for the channel at point, or say NONE."
  (require 'xref)
  (let ((places (goo--partners method)))
    (if (null places)
        (message "%s" none)
      (xref-show-xrefs
       (lambda ()
         (mapcar (lambda (place)
                   (pcase-let ((`(,file ,line ,column) place))
                     (xref-make (format "%s:%d" (file-name-nondirectory file) line) (xref-make-file-location file line column))))
                 places))
       nil))))

(defun goo-senders () "Go to who sends to the channel at point." (interactive) (goo--go-to-partners :goo/senders "Nobody sends to a channel here"))
(defun goo-receivers () "Go to who receives from it." (interactive) (goo--go-to-partners :goo/receivers "Nobody receives from a channel here"))

;;; The mode

(defvar goo-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-r") #'goo-run-file)
    (define-key map (kbd "C-c C-t") #'goo-test-file)
    (define-key map (kbd "C-c C-b") #'goo-build-file)
    (define-key map (kbd "C-c C-c") #'goo-check)
    (define-key map (kbd "C-c C-f") #'goo-format-buffer)
    (define-key map (kbd "C-c C-g") #'goo-graph)
    (define-key map (kbd "C-c C-s") #'goo-senders)
    (define-key map (kbd "C-c C-v") #'goo-receivers)
    map)
  "Keys of `goo-mode'.")

(defvar goo-imenu-generic-expression
  `(("Type" ,(concat "^type[ \t]+\\(" goo--name "\\)") 1)
    ("Test" "^test[ \t]+[\"`]\\([^\"`]+\\)" 1)
    (nil ,(concat "^func[ \t]+\\(?:([^)]*)[ \t]*\\)?\\(" goo--name "\\)") 1)))

;;;###autoload
(define-derived-mode goo-mode prog-mode "Goo"
  "Major mode for Goo."
  (setq-local comment-start "// ")
  (setq-local comment-end "")
  (setq-local comment-start-skip "\\(?://+\\|/\\*+\\)[ \t]*")
  (setq-local comment-use-syntax t)
  (setq-local indent-tabs-mode t)
  (setq-local tab-width goo-tab-width)
  (setq-local indent-line-function #'goo-indent-line)
  (setq-local electric-indent-chars (append "{}():" electric-indent-chars))
  (setq-local syntax-propertize-function #'goo--syntax-propertize)
  (setq-local font-lock-defaults '(goo-font-lock-keywords))
  (setq-local imenu-generic-expression goo-imenu-generic-expression)
  (setq-local beginning-of-defun-function
              (lambda (&optional count) (re-search-backward "^\\(?:func\\|type\\|test\\|var\\|const\\)\\_>" nil 'move (or count 1))))
  (setq-local end-of-defun-function (lambda () (when (re-search-forward "[{(]" (line-end-position) t) (backward-char)) (forward-sexp) (forward-line)))
  (add-hook 'before-save-hook #'goo--before-save nil t))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.goo\\'" . goo-mode))

;; `error[code]: …' with the place below, and the places of crashes and of failed tests.
(add-to-list 'compilation-error-regexp-alist-alist '(goo "^ *╭─\\[ \\(.+?\\):\\([0-9]+\\):\\([0-9]+\\) \\]$" 1 2 3))
(add-to-list 'compilation-error-regexp-alist-alist '(goo-crash "^  at \\(.+?\\):\\([0-9]+\\):\\([0-9]+\\)$" 1 2 3))
(add-to-list 'compilation-error-regexp-alist-alist '(goo-test "^FAILED .*(\\(.+?\\):\\([0-9]+\\))$" 1 2))
(dolist (kind '(goo goo-crash goo-test)) (add-to-list 'compilation-error-regexp-alist kind))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs (cons 'goo-mode (lambda (&rest _) (list goo-command "lsp")))))

(defvar lsp-language-id-configuration)
(declare-function lsp-register-client "lsp-mode")
(declare-function make-lsp-client "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function lsp-activate-on "lsp-mode")
(with-eval-after-load 'lsp-mode
  (add-to-list 'lsp-language-id-configuration '(goo-mode . "goo"))
  (lsp-register-client
   (make-lsp-client :new-connection (lsp-stdio-connection (lambda () (list goo-command "lsp")))
                    :activation-fn (lsp-activate-on "goo")
                    :server-id 'goo)))

(provide 'goo-mode)
;;; goo-mode.el ends here
