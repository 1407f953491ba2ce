; The outline.

(function_declaration "func" @context name: (identifier) @name) @item
(method_declaration "func" @context receiver: (parameter_list) @context name: (field_identifier) @name) @item
(type_declaration "type" @context (type_spec name: (type_identifier) @name) @item)
(type_declaration "type" @context (type_alias name: (type_identifier) @name) @item)
(enum_case name: (identifier) @name) @item
(source_file (const_declaration "const" @context (const_spec name: (identifier) @name) @item))
(source_file (var_declaration "var" @context (var_spec name: (identifier) @name) @item))
(test_declaration "test" @context name: (_) @name) @item
