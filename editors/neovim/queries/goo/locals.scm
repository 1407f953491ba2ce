; Written by editors/queries.mjs from tree-sitter-goo/queries/locals.scm.

; Scopes

[
  (source_file)
  (function_declaration)
  (method_declaration)
  (test_declaration)
  (func_literal)
  (block)
  (if_statement)
  (for_statement)
  (parallel_statement)
  (switch_statement)
  (type_switch_statement)
  (expression_case)
  (type_case)
  (communication_case)
  (after_case)
  (default_case)
  (match_arm)
  (recover_expression)
  (try_expression)
  (child_list)
] @local.scope

; Definitions

(function_declaration name: (identifier) @local.definition.function)
(method_declaration name: (field_identifier) @local.definition.method)
(type_spec name: (type_identifier) @local.definition.type)
(type_alias name: (type_identifier) @local.definition.type)
(type_parameter_declaration name: (identifier) @local.definition.type)
(enum_case name: (identifier) @local.definition.enum)
(parameter_declaration name: (identifier) @local.definition.parameter)
(var_spec name: (identifier) @local.definition.var)
(const_spec name: (identifier) @local.definition.constant)
(name_list (identifier) @local.definition.var)
(child name: (identifier) @local.definition.var)
(name_pattern) @local.definition.var
(recover_expression error: (identifier) @local.definition.var)
(try_expression error: (identifier) @local.definition.var)
(import_spec name: (package_identifier) @local.definition.import)
(labeled_statement label: (label_name) @local.definition.label)

; References

(identifier) @local.reference
(type_identifier) @local.reference
(field_identifier) @local.reference
