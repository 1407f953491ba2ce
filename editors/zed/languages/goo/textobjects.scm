; What is selected by itself: functions, tests, types, parameters, comments.

(function_declaration body: (block)? @function.inside) @function.around
(method_declaration body: (block)? @function.inside) @function.around
(func_literal body: (block) @function.inside) @function.around
(test_declaration body: (block) @function.inside) @function.around
(type_declaration (type_spec type: (_) @class.inside)) @class.around
(parameter_declaration) @parameter.inside
(comment) @comment.inside
(comment)+ @comment.around
