; How lines are indented.

[
  (argument_list)
  (block)
  (child_list)
  (const_declaration)
  (enum_case_list)
  (field_declaration_list)
  (import_spec_list)
  (interface_type)
  (literal_value)
  (match_arms)
  (option_list)
  (parameter_list)
  (var_spec_list)
  (expression_case)
  (type_case)
  (communication_case)
  (after_case)
  (default_case)
] @indent

["}" ")" "]" "case" "default"] @outdent
