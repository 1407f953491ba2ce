[
  (block)
  (argument_list)
  (case_pattern)
  (child_list)
  (communication_case)
  (after_case)
  (const_declaration)
  (default_case)
  (enum_case_list)
  (expression_case)
  (field_declaration_list)
  (import_spec_list)
  (interface_type)
  (literal_value)
  (match_arms)
  (parameter_list)
  (raw_string_literal)
  (select_statement)
  (switch_statement)
  (type_case)
  (type_switch_statement)
  (var_spec_list)
] @fold

; Several comments in a row.
(comment)+ @fold
