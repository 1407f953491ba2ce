; Colours, in the names of nvim-treesitter. Where two patterns match a node, the later one wins.

; Names

(identifier) @variable
(type_identifier) @type
(field_identifier) @variable.member
(package_identifier) @module
(label_name) @label

(parameter_declaration name: (identifier) @variable.parameter)
(type_parameter_declaration name: (identifier) @type)
(const_spec name: (identifier) @constant)
(keyed_element key: (literal_element (identifier) @variable.member))
(field_pattern name: (field_identifier) @variable.member)
(named_argument name: (identifier) @property)

; In the place of an expression, a type is a name like any other.
(composite_literal type: (selector_expression operand: (identifier) @module field: (field_identifier) @type))
(composite_literal type: (index_expression operand: (identifier) @type))
(composite_literal type: (type_identifier) @type)
(optional_type type: (identifier) @type)

; Calls and definitions

(call_expression function: (identifier) @function.call)
(call_expression function: (selector_expression field: (field_identifier) @function.method.call))
(call_expression function: (index_expression operand: (identifier) @function.call))
(function_declaration name: (identifier) @function)
(method_declaration name: (field_identifier) @function.method)
(method_element name: (field_identifier) @function.method)
(type_spec name: (type_identifier) @type.definition)
(type_alias name: (type_identifier) @type.definition)

; Enums

(enum_case name: (identifier) @constructor)
(case_pattern case: (identifier) @constructor)
(qualified_pattern type: (identifier) @type)
(qualified_pattern name: (identifier) @constructor)
(struct_pattern type: (identifier) @type)
(name_pattern) @variable
((name_pattern) @constructor (#match? @constructor "^[A-Z]"))
(wildcard_pattern) @variable.builtin

; What is built in

((identifier) @type.builtin
  (#any-of? @type.builtin
    "any" "bool" "byte" "comparable" "duration" "error" "float32" "float64" "int" "int16" "int32" "int64" "int8"
    "rune" "string" "supervisor" "task" "uint" "uint16" "uint32" "uint64" "uint8" "uintptr"))
((type_identifier) @type.builtin
  (#any-of? @type.builtin
    "any" "bool" "byte" "comparable" "duration" "error" "float32" "float64" "int" "int16" "int32" "int64" "int8"
    "rune" "string" "supervisor" "task" "uint" "uint16" "uint32" "uint64" "uint8" "uintptr"))
(call_expression
  function: (identifier) @function.builtin
  (#any-of? @function.builtin
    "append" "cap" "clear" "close" "copy" "delete" "len" "make" "max" "min" "panic" "print" "println"))
((identifier) @boolean (#any-of? @boolean "true" "false"))
((name_pattern) @boolean (#any-of? @boolean "true" "false"))
((identifier) @constant.builtin (#any-of? @constant.builtin "none" "iota"))
((name_pattern) @constant.builtin (#any-of? @constant.builtin "none" "iota"))

; A parameter may have such a name.
(parameter_declaration name: (identifier) @variable.parameter)

; Words

[
  "const"
  "default"
  "defer"
  "type"
  "var"
  "range"
  "test"
] @keyword

["package" "import"] @keyword.import
"func" @keyword.function
["return" "yield"] @keyword.return
["if" "else" "switch" "case" "match"] @keyword.conditional
["for" "break" "continue"] @keyword.repeat
(fallthrough_statement) @keyword.conditional
["struct" "interface" "map" "enum"] @keyword.type
["try" "recover" "fail" "assert"] @keyword.exception

; Tasks and channels
["go" "select" "chan" "parallel" "supervise" "after" "within" "per"] @keyword.coroutine
(select_order) @keyword.coroutine
(channel_pattern) @keyword.modifier
(endpoint_mode) @keyword.modifier
["workers" "start" "shutdown" "restart"] @keyword.modifier
(significant_clause) @keyword.modifier
(_ strategy: (identifier) @constant.builtin)
(restart_clause (identifier) @constant.builtin)
((named_argument value: (identifier) @constant.builtin)
  (#any-of? @constant.builtin "block" "drop_newest" "drop_oldest" "latest" "fail" "any" "all" "never"))

; Literals

[(int_literal) (imaginary_literal) (duration_literal)] @number
(float_literal) @number.float
(rune_literal) @character
[(interpreted_string_literal) (raw_string_literal)] @string
(escape_sequence) @string.escape
(field_declaration tag: (_) @string)
(import_spec path: (_) @string)
(comment) @comment

; Marks

[
  "+" "-" "*" "/" "%" "&" "|" "^" "&^" "<<" ">>" "&&" "||" "==" "!=" "<" "<=" ">" ">=" "!" "~"
  "=" ":=" "+=" "-=" "*=" "/=" "%=" "&=" "|=" "^=" "&^=" "<<=" ">>=" "++" "--" "<-" "=>" "??" "?" ".." "..." "@"
] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "."] @punctuation.delimiter
