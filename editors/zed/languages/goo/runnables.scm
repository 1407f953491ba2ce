; The arrows beside main and tests.

(function_declaration name: (identifier) @run (#eq? @run "main")) @_ (#set! tag goo-main)
(test_declaration name: (_ (interpreted_string_content) @run)) @_ (#set! tag goo-test)
