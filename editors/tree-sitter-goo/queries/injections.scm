((comment) @injection.content
  (#set! injection.language "comment"))

; The verbs of formats.
((call_expression
  function: (selector_expression
    operand: (identifier) @_package
    field: (field_identifier) @_function)
  arguments: (argument_list
    . (interpreted_string_literal (interpreted_string_content) @injection.content)))
  (#any-of? @_package "fmt" "log")
  (#any-of? @_function "Printf" "Sprintf" "Errorf" "Fatalf" "Panicf" "Sscanf")
  (#set! injection.language "printf"))
((call_expression
  function: (selector_expression
    operand: (identifier) @_package
    field: (field_identifier) @_function)
  arguments: (argument_list
    (_)
    . (interpreted_string_literal (interpreted_string_content) @injection.content)))
  (#eq? @_package "fmt")
  (#any-of? @_function "Fprintf" "Fscanf" "Sscanf")
  (#set! injection.language "printf"))
