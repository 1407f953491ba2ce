; Written by editors/queries.mjs from tree-sitter-goo/queries/indents.scm.

; In the names of nvim-treesitter.

[
  (argument_list)
  (block)
  (child_list)
  (enum_case_list)
  (field_declaration_list)
  (import_spec_list)
  (interface_type)
  (literal_value)
  (match_arms)
  (option_list)
  (parameter_list)
  (var_spec_list)
] @indent.begin

(const_declaration "(") @indent.begin
(type_declaration "(") @indent.begin

; `case` stands under its `switch`; what is in it stands further in.
[
  (after_case)
  (communication_case)
  (default_case)
  (expression_case)
  (type_case)
] @indent.begin
["case" "default"] @indent.branch

["}" ")" "]"] @indent.branch
["}" ")" "]"] @indent.end

(raw_string_literal) @indent.ignore
(comment) @indent.auto
