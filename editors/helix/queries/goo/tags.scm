; Written by editors/queries.mjs from tree-sitter-goo/queries/tags.scm.

(
  (comment)* @doc
  .
  (function_declaration name: (identifier) @name) @definition.function
  (#strip! @doc "^//\\s*")
  (#set-adjacent! @doc @definition.function)
)

(
  (comment)* @doc
  .
  (method_declaration name: (field_identifier) @name) @definition.method
  (#strip! @doc "^//\\s*")
  (#set-adjacent! @doc @definition.method)
)

(
  (comment)* @doc
  .
  (type_declaration [
    (type_spec name: (type_identifier) @name)
    (type_alias name: (type_identifier) @name)
  ]) @definition.type
  (#strip! @doc "^//\\s*")
  (#set-adjacent! @doc @definition.type)
)

(enum_case name: (identifier) @name) @definition.constant
(const_spec name: (identifier) @name) @definition.constant
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.variable))
(method_element name: (field_identifier) @name) @definition.method
(test_declaration name: (_) @name) @definition.test
(package_clause name: (package_identifier) @name) @definition.module

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (selector_expression field: (field_identifier) @name)) @reference.call
(type_identifier) @name @reference.type
