;;; goo-mode-test.el --- Tests -*- lexical-binding: t -*-

;; GOO=target/release/goo emacs -q --batch -l editors/emacs/test/goo-mode-test.el -f ert-run-tests-batch-and-exit

(require 'ert)
(require 'cl-lib)
(require 'package)
(package-initialize)

(defconst goo-test-folder (file-name-directory (or load-file-name buffer-file-name)))
(add-to-list 'load-path (expand-file-name ".." goo-test-folder))
(require 'imenu)
(require 'xref)
(require 'goo-mode)
(setq goo-command (or (getenv "GOO_SERVER") (getenv "GOO") (expand-file-name "../../../target/release/goo" goo-test-folder)))

(defun goo-test-face (text word &optional begin)
  "The face of WORD in TEXT, where it first stands behind BEGIN."
  (with-temp-buffer
    (insert text)
    (goo-mode)
    (font-lock-ensure)
    (goto-char (point-min))
    (when begin (search-forward begin))
    (search-forward word)
    (get-text-property (match-beginning 0) 'face)))

(ert-deftest goo-words-are-keywords-only-where-their-constructs-stand ()
  (should (eq (goo-test-face "\tfail err\n" "fail") 'font-lock-keyword-face))
  (should (eq (goo-test-face "\tfail(err)\n" "fail") 'font-lock-function-name-face))
  (should-not (goo-test-face "\tfail, x := 1, 2\n" "fail"))
  (should (eq (goo-test-face "\tx := match n {\n" "match") 'font-lock-keyword-face))
  (should-not (goo-test-face "\tmatch = n\n" "match"))
  (should (eq (goo-test-face "\tp := f() recover err { 0 }\n" "recover") 'font-lock-keyword-face))
  (should (eq (goo-test-face "\tcase after 100ms:\n" "after") 'font-lock-keyword-face))
  (should-not (goo-test-face "\tcase <-after:\n" "after"))
  (should (eq (goo-test-face "make(push chan int)" "push") 'font-lock-keyword-face)))

(ert-deftest goo-strings-and-comments ()
  (should (eq (goo-test-face "x := `a\\` + y // z\n" "z") 'font-lock-comment-face))
  (should-not (goo-test-face "x := `a\\` + y\n" "y"))
  (should (eq (goo-test-face "x := \"a\\\"b\"\n" "b") 'font-lock-string-face))
  (should (eq (goo-test-face "func f() { g('\"', 1) }\nfunc h()" "h") 'font-lock-function-name-face))
  (should (eq (goo-test-face "x := 1m30s\n" "1m30s") 'font-lock-constant-face)))

(ert-deftest goo-lines-are-indented-as-the-formatter-lays-out ()
  (let ((laid-out (with-temp-buffer
                    (insert-file-contents (expand-file-name "../../neovim/test/indent.goo" goo-test-folder))
                    (buffer-string))))
    (with-temp-buffer
      (insert (replace-regexp-in-string "^[ \t]+" "" laid-out))
      (goo-mode)
      (let ((inhibit-message t)) (indent-region (point-min) (point-max)))
      (should (equal (buffer-string) laid-out)))))

(ert-deftest goo-a-raw-string-keeps-its-indentation ()
  (with-temp-buffer
    (insert "func f() {\nx := `\n   a\n`\n}\n")
    (goo-mode)
    (let ((inhibit-message t)) (indent-region (point-min) (point-max)))
    (should (equal (buffer-string) "func f() {\n\tx := `\n   a\n`\n}\n"))))

(ert-deftest goo-the-formatter-keeps-point-and-broken-text ()
  (with-temp-buffer
    (insert "package main\nfunc main(){x:=1\n_=x}\n")
    (goo-mode)
    (goo-format-buffer)
    (should (equal (buffer-string) "package main\n\nfunc main() {\n\tx := 1\n\t_ = x\n}\n"))
    (erase-buffer)
    (insert "package main\nfunc main( {\n")
    (goo-format-buffer)
    (should (equal (buffer-string) "package main\nfunc main( {\n"))))

(ert-deftest goo-compilation-finds-diagnostics-crashes-and-failed-tests ()
  (with-temp-buffer
    (insert "error[syntax]: x\n   ╭─[ main.goo:5:11 ]\ncrash: y\n  at main.goo:4:2\nFAILED  a (t.goo:7)\n")
    (compilation-mode)
    (let ((inhibit-message t)) (compilation--ensure-parse (point-max)))
    (let (found)
      (goto-char (point-min))
      (while (not (eobp))
        (let ((message (get-text-property (point) 'compilation-message)))
          (when message
            (let ((place (compilation--message->loc message)))
              (cl-pushnew (cons (caar (compilation--loc->file-struct place)) (compilation--loc->line place)) found :test #'equal))))
        (forward-char))
      (should (equal (sort (mapcar #'cdr found) #'<) '(4 5 7))))))

(ert-deftest goo-imenu-lists-declarations ()
  (with-temp-buffer
    (insert "type T struct{}\n\nfunc (t T) M() {}\n\nfunc f() {}\n\ntest \"a b\" {\n}\n")
    (goo-mode)
    (let ((index (funcall imenu-create-index-function)))
      (should (equal (mapcar #'car (cdr (assoc "Type" index))) '("T")))
      (should (equal (mapcar #'car (cdr (assoc "Test" index))) '("a b")))
      (should (assoc "M" index))
      (should (assoc "f" index)))))

;;; With the language server

(defconst goo-test-text
  "package main

import \"fmt\"

// Doubles a number.
func double(n int) int { return n * 2 }

func worker(jobs <-chan int, done chan<- int) {
	for j := range jobs {
		done <- double(j)
	}
}

func main() {
	jobs, done := make(chan int, 4), make(chan int)
	go worker(jobs, done)
	jobs <- 21
	fmt.Println(<-done)
}
")

(defun goo-test-until (holds)
  "Wait until HOLDS gives something, and give it."
  (let ((end (+ (float-time) 30)) value)
    (while (not (or (setq value (funcall holds)) (> (float-time) end)))
      (accept-process-output nil 0.05))
    (should value)
    value))

(defun goo-test-go (text)
  "Put point before TEXT."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(ert-deftest goo-eglot ()
  (skip-unless (require 'eglot nil t))
  (let* ((folder (file-truename (make-temp-file "goo" t)))
         (file (expand-file-name "main.goo" folder))
         (project-find-functions (list (lambda (_) (cons 'transient folder))))
         (inhibit-message t)
         (eglot-autoshutdown t)
         (eglot-confirm-server-initiated-edits nil)
         (eglot-sync-connect 30))
    (make-directory (expand-file-name ".git" folder))
    (with-temp-file file (insert goo-test-text))
    (with-current-buffer (find-file-noselect file)
      (unwind-protect
          (progn
            (should (eq major-mode 'goo-mode))
            (apply #'eglot (eglot--guess-contact))
            (goo-test-until #'eglot-current-server)

            ;; Diagnostics come and go.
            (goo-test-go "double(j)")
            (search-forward "double(j)")
            (insert " + \"x\"")
            (eglot--signal-textDocument/didChange)
            (goo-test-until (lambda () (flymake-start) (flymake-diagnostics)))
            (should (= (line-number-at-pos (flymake-diagnostic-beg (car (flymake-diagnostics)))) 10))
            (delete-char (- (length " + \"x\"")))
            (eglot--signal-textDocument/didChange)
            (goo-test-until (lambda () (flymake-start) (null (flymake-diagnostics))))

            ;; Completion.
            (goo-test-go "fmt.Println")
            (search-forward "fmt.Pr")
            (pcase-let ((`(,begin ,end ,table . ,_) (eglot-completion-at-point)))
              (should (member "Println" (mapcar (lambda (name) (replace-regexp-in-string "(.*" "" name))
                                                (all-completions (buffer-substring begin end) table)))))

            ;; Hover.
            (goo-test-go "double(j)")
            (let* ((answer (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams)))
                   (shown (eglot--hover-info (plist-get answer :contents) (plist-get answer :range))))
              (should (string-match-p "double(n int) int" shown)))

            ;; Definition and references, as xref shows them.
            (let ((places (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot))))
              (should (= (xref-location-line (xref-item-location (car places))) 6)))
            (should (= (length (xref-backend-references 'eglot (xref-backend-identifier-at-point 'eglot))) 2))

            ;; Channels.
            (goo-test-go "jobs <- 21")
            (should (equal (goo--partners :goo/receivers) (list (list file 9 16))))

            (goo-graph)
            (with-current-buffer "*goo graph*"
              (should (string-match-p "received by   worker" (buffer-string))))

            ;; Rename, in all places at once.
            (goo-test-go "double(j)")
            (eglot-rename "twice")
            (should (= (how-many "twice" (point-min) (point-max)) 2))
            ;; A person is slower than the timer that tells the server of changes.
            (eglot--signal-textDocument/didChange)
            (eglot-rename "double")
            (eglot--signal-textDocument/didChange)
            (should (equal (buffer-string) goo-test-text))
            (should-error (eglot-rename "worker"))

            ;; Formatting.
            (goo-test-go "return n * 2")
            (search-forward "n * 2")
            (replace-match "n*2")
            (eglot--signal-textDocument/didChange)
            (eglot-format-buffer)
            (should (equal (buffer-string) goo-test-text)))
        (set-buffer-modified-p nil)
        (when (eglot-current-server)
          (let ((server (eglot-current-server)))
            (eglot-shutdown server)
            (should-not (process-live-p (jsonrpc--process server)))))
        (kill-buffer)
        (delete-directory folder t)))))

;;; goo-mode-test.el ends here
