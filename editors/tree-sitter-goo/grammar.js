/**
 * The grammar of Goo for tree-sitter.
 *
 * Node names are those of Go's grammar where Goo spells things as Go does, so that queries of editors carry over.
 * As in the compiler, a type in the place of an expression (`make(chan int)`, `f[T](x)`, `[]int{1}`) is an expression.
 *
 * What no context-free grammar can tell stands in src/scanner.c: where a line break ends a statement, and where the
 * words that Goo does not reserve (`match`, `try`, `fail`, …) are keywords. Its rules are the compiler's own
 * (compiler/src/syntax/parse/goo.rs).
 *
 * @file Goo
 * @license MIT OR Apache-2.0
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

// From the loosest to the tightest.
const PREC = {
  recover: 1,
  send: 2,
  default: 3,
  or: 4,
  and: 5,
  compare: 6,
  endpoint: 7,
  add: 8,
  multiply: 9,
  unary: 10,
  within: 11,
  primary: 12,
  composite: 13,
};

const BINARY = [
  [PREC.or, ['||']],
  [PREC.and, ['&&']],
  [PREC.compare, ['==', '!=', '<', '<=', '>', '>=']],
  [PREC.add, ['+', '-', '|', '^']],
  [PREC.multiply, ['*', '/', '%', '<<', '>>', '&', '&^']],
];

const ASSIGN = ['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '&^=', '<<=', '>>='];

const decimal = /[0-9](_?[0-9])*/;
const exponent = /[eE][+-]?[0-9](_?[0-9])*/;
const hex = /[0-9a-fA-F](_?[0-9a-fA-F])*/;

/** One or more, with commas between them. */
const commas1 = (rule) => seq(rule, repeat(seq(',', rule)));
/** The same, and a comma may follow the last. */
const list1 = (rule) => seq(commas1(rule), optional(','));

/** A word that the scanner finds where it is a keyword. */
const word = (token, text) => alias(token, text);

module.exports = grammar({
  name: 'goo',

  word: ($) => $.identifier,

  extras: ($) => [$.comment, /\s/, /\uFEFF/],

  externals: ($) => [
    $._newline,
    $._trailing_point,
    $._match,
    $._try,
    $._fail,
    $._yield,
    $._assert,
    $._supervise,
    $._parallel,
    $._after,
    $._enum,
    $._bind,
    $._connect,
    // `push chan T`; before a `(`, `req chan(Q) R`.
    $._spread_pattern,
    $._call_pattern,
    // The `(` before the options of a loop: `xs (workers: 8) {`.
    $._options_open,
    // Never found: the scanner sees by it that a parameter begins here, where `push chan T` is a name and a type.
    $._parameter_begins,
    // Never in any rule: valid only while the parser recovers from a mistake.
    $._recovering,
  ],

  supertypes: ($) => [$._expression, $._type, $._statement, $._pattern],

  inline: ($) => [$._type_identifier, $._field_identifier, $._package_identifier, $._label_name, $._terminator],

  conflicts: ($) => [
    // `if x {`: a block, or a composite literal?
    [$._expression, $._composite_type],
    // `a[b]` before it is known whether `b` is the length of an array or a type.
    [$._expression, $._plain_type],
    [$.parameter_declaration, $._plain_type],
    [$.type_parameter_declaration, $._expression],
    // `x := 1` and `x := range y`.
    [$._expression, $.name_list],
  ],

  rules: {
    source_file: ($) =>
      seq(
        optional(seq($.package_clause, $._terminator)),
        repeat(seq($.import_declaration, $._terminator)),
        repeat(seq($._top_level, $._terminator)),
        optional(choice($.package_clause, $.import_declaration, $._top_level)),
      ),

    _terminator: ($) => choice($._newline, ';'),

    _top_level: ($) =>
      choice(
        $.function_declaration,
        $.method_declaration,
        $.const_declaration,
        $.type_declaration,
        $.var_declaration,
        $.test_declaration,
      ),

    package_clause: ($) => seq('package', field('name', $._package_identifier)),

    import_declaration: ($) => seq('import', choice($.import_spec, $.import_spec_list)),
    import_spec_list: ($) => group($, $.import_spec),
    import_spec: ($) =>
      seq(optional(field('name', choice($.dot, $._package_identifier))), field('path', $._string_literal)),
    dot: (_) => '.',

    // Declarations.

    const_declaration: ($) => seq('const', choice($.const_spec, group($, $.const_spec))),
    const_spec: ($) =>
      prec.left(
        seq(
          field('name', commas1($.identifier)),
          optional(field('type', $._type)),
          optional(seq('=', field('value', $.expression_list))),
        ),
      ),

    var_declaration: ($) => seq('var', choice($.var_spec, $.var_spec_list)),
    var_spec_list: ($) => group($, $.var_spec),
    var_spec: ($) =>
      seq(
        field('name', commas1($.identifier)),
        choice(
          seq(field('type', $._type), optional(seq('=', field('value', $.expression_list)))),
          seq('=', field('value', $.expression_list)),
        ),
      ),

    type_declaration: ($) =>
      seq('type', choice(choice($.type_spec, $.type_alias), group($, choice($.type_spec, $.type_alias)))),
    type_spec: ($) =>
      prec.dynamic(
        1,
        seq(
          field('name', $._type_identifier),
          optional(field('type_parameters', $.type_parameter_list)),
          field('type', choice($._type, $.enum_type)),
        ),
      ),
    type_alias: ($) =>
      seq(
        field('name', $._type_identifier),
        optional(field('type_parameters', $.type_parameter_list)),
        '=',
        field('type', $._type),
      ),

    type_parameter_list: ($) => seq('[', list1($.type_parameter_declaration), ']'),
    type_parameter_declaration: ($) =>
      seq(field('name', commas1($.identifier)), field('constraint', $.type_constraint)),
    type_constraint: ($) => seq($._constraint_term, repeat(seq('|', $._constraint_term))),
    _constraint_term: ($) => choice($._type, $.underlying_type),
    underlying_type: ($) => seq('~', $._type),

    function_declaration: ($) =>
      prec.right(
        seq(
          'func',
          field('name', $.identifier),
          optional(field('type_parameters', $.type_parameter_list)),
          $._signature,
          optional(field('body', $.block)),
        ),
      ),
    method_declaration: ($) =>
      prec.right(
        seq(
          'func',
          field('receiver', $.parameter_list),
          field('name', $._field_identifier),
          optional(field('type_parameters', $.type_parameter_list)),
          $._signature,
          optional(field('body', $.block)),
        ),
      ),
    _signature: ($) =>
      prec.right(
        seq(
          field('parameters', $.parameter_list),
          optional(field('result', choice(alias($.parameter_list, $.result_list), $._type))),
        ),
      ),
    parameter_list: ($) => prec.dynamic(1, seq('(', optional(list1($.parameter_declaration)), ')')),
    parameter_declaration: ($) =>
      choice(
        seq(field('name', commas1($.identifier)), field('type', choice($._type, $.variadic_type))),
        // Before a `)`, that of a parenthesized type: results are a list.
        prec(1, field('type', choice($._type, $.variadic_type))),
        $._parameter_begins,
      ),
    variadic_type: ($) => seq('...', $._type),

    test_declaration: ($) => seq('test', field('name', $._string_literal), field('body', $.block)),

    // Types.

    _type: ($) => choice($._plain_type, $.result_type),

    // `[]int ! error` is a result of a slice: `!` binds loosest.
    result_type: ($) =>
      prec.right(1, seq(optional(field('value', $._plain_type)), '!', field('error', $._plain_type))),

    _plain_type: ($) =>
      choice(
        $._type_identifier,
        $.qualified_type,
        $.generic_type,
        $.in_out_type,
        $.optional_type,
        $.parenthesized_type,
        $._literal_type,
      ),

    // Types that no expression can be taken for.
    _literal_type: ($) =>
      choice(
        $.array_type,
        $.slice_type,
        $.map_type,
        $.channel_type,
        $.struct_type,
        $.interface_type,
        $.function_type,
      ),

    qualified_type: ($) =>
      prec(PREC.primary, seq(field('package', $._package_identifier), '.', field('name', $._type_identifier))),
    generic_type: ($) =>
      prec.dynamic(
        -1,
        prec(
          PREC.primary,
          seq(
            field('type', choice($._type_identifier, $.qualified_type)),
            field('type_arguments', $.type_arguments),
          ),
        ),
      ),
    type_arguments: ($) => seq('[', list1($._type), ']'),
    in_out_type: ($) => prec(PREC.unary, seq('*', field('type', $._plain_type))),
    optional_type: ($) => prec(PREC.primary, seq(field('type', $._plain_type), choice('?', '??'))),
    parenthesized_type: ($) => seq('(', $._type, ')'),

    // The element is a type without `?`, so to speak: `[]int?` is a slice of optionals.
    array_type: ($) =>
      prec.right(
        seq('[', field('length', choice($._expression, '...')), ']', field('element', $._plain_type)),
      ),
    slice_type: ($) => prec.right(seq('[', ']', field('element', $._plain_type))),
    map_type: ($) =>
      prec.right(seq('map', '[', field('key', $._type), ']', field('value', $._plain_type))),

    channel_type: ($) =>
      choice(
        prec.right(seq('chan', field('element', $._plain_type))),
        prec.right(1, seq('chan', '<-', field('element', $._plain_type))),
        prec.right(PREC.primary, seq('<-', 'chan', field('element', $._plain_type))),
        prec.right(
          seq(
            field('pattern', alias($._spread_pattern, $.channel_pattern)),
            'chan',
            field('element', $._plain_type),
          ),
        ),
        prec.right(
          seq(
            field('pattern', alias($._call_pattern, $.channel_pattern)),
            'chan',
            '(',
            field('element', $._type),
            ')',
            optional(field('reply', $._plain_type)),
          ),
        ),
      ),

    struct_type: ($) => seq('struct', field('body', $.field_declaration_list)),
    field_declaration_list: ($) => braces($, $.field_declaration),
    field_declaration: ($) =>
      seq(
        choice(
          seq(field('name', commas1($._field_identifier)), field('type', $._type)),
          field('type', $._embedded_type),
        ),
        optional(field('tag', $._string_literal)),
      ),
    _embedded_type: ($) =>
      choice(
        $._type_identifier,
        $.qualified_type,
        $.generic_type,
        alias($.embedded_optional_type, $.optional_type),
        alias($.embedded_in_out_type, $.in_out_type),
      ),
    embedded_optional_type: ($) =>
      seq(field('type', choice($._type_identifier, $.qualified_type, $.generic_type)), '?'),
    embedded_in_out_type: ($) =>
      seq('*', field('type', choice($._type_identifier, $.qualified_type, $.generic_type))),

    interface_type: ($) => seq('interface', '{', items($, choice($.method_element, $.type_element)), '}'),
    method_element: ($) => seq(field('name', $._field_identifier), $._signature),
    type_element: ($) => seq($._constraint_term, repeat(seq('|', $._constraint_term))),

    function_type: ($) => prec.right(seq('func', $._signature)),

    enum_type: ($) => seq(word($._enum, 'enum'), field('body', $.enum_case_list)),
    enum_case_list: ($) => braces($, $.enum_case),
    enum_case: ($) => seq(field('name', $.identifier), optional(field('parameters', $.parameter_list))),

    // Statements.

    block: ($) => seq('{', optional($._statements), '}'),
    _statements: ($) =>
      choice(
        seq(
          repeat1(choice(seq($._statement, $._terminator), $.empty_statement)),
          optional($._statement),
        ),
        $._statement,
      ),
    empty_statement: (_) => ';',

    _statement: ($) =>
      choice(
        $._simple_statement,
        $.labeled_statement,
        $._word_statement,
      ),
    _word_statement: ($) =>
      choice(
        $.block,
        $.const_declaration,
        $.type_declaration,
        $.var_declaration,
        $.assert_statement,
        $.break_statement,
        $.continue_statement,
        $.defer_statement,
        $.fail_statement,
        $.fallthrough_statement,
        $.for_statement,
        $.if_statement,
        $.return_statement,
        $.select_statement,
        $.supervise_statement,
        $.switch_statement,
        $.type_switch_statement,
        $.yield_statement,
      ),

    _simple_statement: ($) =>
      choice(
        $.expression_statement,
        $.send_statement,
        $.increment_statement,
        $.decrement_statement,
        $.assignment_statement,
        $.short_var_declaration,
      ),
    expression_statement: ($) => $._expression,
    send_statement: ($) =>
      prec.right(PREC.send, seq(field('channel', $._expression), '<-', field('value', $._expression))),
    increment_statement: ($) => seq($._expression, '++'),
    decrement_statement: ($) => seq($._expression, '--'),
    assignment_statement: ($) =>
      seq(
        field('left', $.expression_list),
        field('operator', choice(...ASSIGN)),
        field('right', $.expression_list),
      ),
    short_var_declaration: ($) =>
      seq(field('left', $.name_list), ':=', field('right', $.expression_list)),
    name_list: ($) => commas1($.identifier),
    expression_list: ($) => prec.right(commas1($._expression)),

    labeled_statement: ($) =>
      prec.right(seq(field('label', $._label_name), ':', optional($._statement))),
    break_statement: ($) => seq('break', optional($._label_name)),
    continue_statement: ($) => seq('continue', optional($._label_name)),
    fallthrough_statement: (_) => 'fallthrough',
    return_statement: ($) => seq('return', optional($.expression_list)),
    defer_statement: ($) => seq('defer', $._expression),
    fail_statement: ($) => seq(word($._fail, 'fail'), $._expression),
    yield_statement: ($) => seq(word($._yield, 'yield'), $._expression),
    assert_statement: ($) =>
      prec.right(
        seq(
          word($._assert, 'assert'),
          field('condition', $._expression),
          optional(seq(',', field('message', $._expression))),
        ),
      ),

    if_statement: ($) =>
      seq(
        'if',
        optional(seq(field('initializer', $._simple_statement), $._terminator)),
        // `if v := opt {` runs the block with what is in `opt`.
        field('condition', choice($._expression, $.short_var_declaration)),
        field('consequence', $.block),
        optional(seq('else', field('alternative', choice($.block, $.if_statement)))),
      ),

    for_statement: ($) =>
      seq('for', optional(choice($._expression, $.for_clause, $.range_clause)), field('body', $.block)),
    for_clause: ($) =>
      seq(
        field('initializer', optional($._simple_statement)),
        $._terminator,
        field('condition', optional($._expression)),
        ';',
        field('update', optional($._simple_statement)),
      ),
    range_clause: ($) =>
      seq(
        optional(choice(seq(field('left', $.name_list), ':='), seq(field('left', $.expression_list), '='))),
        'range',
        field('right', $._expression),
      ),

    switch_statement: ($) =>
      seq(
        'switch',
        optional(seq(field('initializer', $._simple_statement), $._terminator)),
        field('value', optional($._expression)),
        '{',
        repeat(choice($.expression_case, $.default_case)),
        '}',
      ),
    expression_case: ($) => seq('case', field('value', $.expression_list), ':', optional($._statements)),
    default_case: ($) => seq('default', ':', optional($._statements)),

    type_switch_statement: ($) =>
      seq(
        'switch',
        optional(seq(field('initializer', $._simple_statement), $._terminator)),
        optional(seq(field('alias', $.name_list), ':=')),
        field('value', $._expression),
        '.',
        '(',
        'type',
        ')',
        '{',
        repeat(choice($.type_case, $.default_case)),
        '}',
      ),
    type_case: ($) => seq('case', field('type', commas1($._type)), ':', optional($._statements)),

    select_statement: ($) =>
      seq(
        'select',
        optional(field('order', alias('first', $.select_order))),
        '{',
        repeat(choice($.communication_case, $.after_case, $.default_case)),
        '}',
      ),
    communication_case: ($) =>
      seq(
        'case',
        field('communication', choice($.send_statement, $.receive_statement)),
        ':',
        optional($._statements),
      ),
    receive_statement: ($) =>
      seq(
        optional(
          choice(
            seq(field('left', $.name_list), ':='),
            seq(field('left', $.expression_list), '='),
          ),
        ),
        field('right', $._expression),
      ),
    after_case: ($) => seq('case', word($._after, 'after'), field('time', $._expression), ':', optional($._statements)),

    // Supervision.

    supervise_statement: ($) => $._supervisor,
    _supervisor: ($) =>
      seq(
        word($._supervise, 'supervise'),
        optional(field('strategy', $.identifier)),
        optional(field('options', $.option_list)),
        field('body', $.child_list),
      ),
    child_list: ($) => braces($, $.child),
    child: ($) =>
      seq(
        optional(seq(field('name', $.identifier), ':=')),
        field(
          'task',
          choice(seq('go', $._expression), alias($._go_supervise, $.go_expression), $.supervise_statement),
        ),
        repeat($._child_clause),
      ),
    _go_supervise: ($) => seq('go', $.supervise_statement),
    _child_clause: ($) =>
      choice(
        $.workers_clause,
        $.after_clause,
        $.start_clause,
        $.shutdown_clause,
        $.restart_clause,
        $.significant_clause,
      ),
    workers_clause: ($) => seq('workers', $._expression),
    after_clause: ($) => seq(word($._after, 'after'), commas1($.identifier)),
    start_clause: ($) => seq('start', $._expression),
    shutdown_clause: ($) => seq('shutdown', $._expression),
    restart_clause: ($) => seq('restart', $.identifier),
    significant_clause: (_) => 'significant',

    option_list: ($) => seq(choice('(', alias($._options_open, '(')), list1($.named_argument), ')'),
    named_argument: ($) => seq(field('name', $.identifier), ':', field('value', $._option_value)),
    _option_value: ($) => choice($._expression, $.interval, $.per_expression, $.bare_list),
    interval: ($) => seq(field('low', $._expression), '..', field('high', $._expression)),
    per_expression: ($) => seq(field('count', $._expression), 'per', field('period', $._expression)),
    bare_list: ($) => prec(1, seq('[', list1($._expression), ']')),

    // Expressions.

    _expression: ($) =>
      choice(
        $.identifier,
        $._literal,
        $._literal_type,
        alias($._optional_expression, $.optional_type),
        alias($._result_expression, $.result_type),
        $.unary_expression,
        $.binary_expression,
        $.selector_expression,
        $.index_expression,
        $.slice_expression,
        $.call_expression,
        $.type_assertion_expression,
        $.composite_literal,
        $.func_literal,
        $.parenthesized_expression,
        $.try_expression,
        $.recover_expression,
        $.match_expression,
        $.go_expression,
        $.within_expression,
        $.endpoint_expression,
      ),

    parenthesized_expression: ($) => seq('(', $._expression, ')'),

    unary_expression: ($) =>
      prec(
        PREC.unary,
        seq(field('operator', choice('+', '-', '!', '^', '*', '&', '<-')), field('operand', $._expression)),
      ),

    binary_expression: ($) =>
      choice(
        ...BINARY.map(([level, operators]) =>
          prec.left(
            level,
            seq(
              field('left', $._expression),
              field('operator', operators.length > 1 ? choice(...operators) : operators[0]),
              field('right', $._expression),
            ),
          ),
        ),
        prec.right(
          PREC.default,
          seq(field('left', $._expression), field('operator', '??'), field('right', $._expression)),
        ),
      ),

    _optional_expression: ($) => prec(PREC.primary, seq(field('type', $._expression), '?')),
    _result_expression: ($) =>
      prec(PREC.within, seq(field('value', $._expression), '!', field('error', $._plain_type))),

    selector_expression: ($) =>
      prec(PREC.primary, seq(field('operand', $._expression), '.', field('field', $._field_identifier))),

    index_expression: ($) =>
      prec(
        PREC.primary,
        seq(field('operand', $._expression), '[', field('index', list1($._expression)), ']'),
      ),

    slice_expression: ($) =>
      prec(
        PREC.primary,
        seq(
          field('operand', $._expression),
          '[',
          field('start', optional($._expression)),
          ':',
          optional(
            seq(field('end', $._expression), optional(seq(':', field('capacity', $._expression)))),
          ),
          ']',
        ),
      ),

    call_expression: ($) =>
      prec(PREC.primary, seq(field('function', $._expression), field('arguments', $.argument_list))),
    argument_list: ($) => seq('(', optional(list1($._argument)), ')'),
    _argument: ($) => choice($._expression, $.spread_argument, $.named_argument),
    spread_argument: ($) => seq($._expression, '...'),

    type_assertion_expression: ($) =>
      prec(PREC.primary, seq(field('operand', $._expression), '.', '(', field('type', $._type), ')')),

    composite_literal: ($) =>
      prec.dynamic(
        -1,
        prec(PREC.composite, seq(field('type', $._composite_type), field('body', $.literal_value))),
      ),
    _composite_type: ($) =>
      choice(
        $._type_identifier,
        $.selector_expression,
        $.index_expression,
        $._literal_composite_type,
      ),
    // No block can follow these.
    _literal_composite_type: ($) => prec(1, choice($.array_type, $.slice_type, $.map_type, $.struct_type)),
    literal_value: ($) => seq('{', optional(list1(choice($.keyed_element, $.literal_element))), '}'),
    keyed_element: ($) => seq(field('key', $.literal_element), ':', field('value', $.literal_element)),
    literal_element: ($) => choice($._expression, $.literal_value),

    func_literal: ($) => prec(PREC.primary, seq('func', $._signature, field('body', $.block))),

    try_expression: ($) =>
      choice(prec(PREC.unary, seq(word($._try, 'try'), $._expression)), seq(word($._try, 'try'), field('body', $.block), $._handler)),
    recover_expression: ($) =>
      prec.left(PREC.recover, seq(field('body', choice($._expression, $.send_statement)), $._handler)),
    _handler: ($) => seq('recover', optional(field('error', $.identifier)), field('handler', $.block)),

    within_expression: ($) =>
      prec.left(PREC.within, seq(field('operand', $._expression), 'within', field('limit', $._expression))),

    endpoint_expression: ($) =>
      prec.left(
        PREC.endpoint,
        seq(
          field('channel', $._expression),
          '@',
          optional(field('mode', alias(choice($._bind, $._connect), $.endpoint_mode))),
          field('address', choice($._expression, $.bare_list)),
        ),
      ),

    go_expression: ($) =>
      choice(
        prec(PREC.unary, seq('go', $._expression)),
        seq('go', $.supervise_statement),
        seq('go', $.parallel_statement),
      ),
    parallel_statement: ($) =>
      seq(
        word($._parallel, 'parallel'),
        'for',
        $.range_clause,
        optional(field('options', $.option_list)),
        field('body', $.block),
      ),

    match_expression: ($) => seq(word($._match, 'match'), field('value', $._expression), field('body', $.match_arms)),
    match_arms: ($) =>
      seq('{', repeat(seq($.match_arm, choice(',', $._terminator))), optional($.match_arm), '}'),
    match_arm: ($) =>
      seq(
        field('pattern', $._pattern),
        optional(seq('if', field('guard', $._expression))),
        '=>',
        field('body', $._arm_body),
      ),
    // `,` ends an arm, so there are no lists of expressions.
    _arm_body: ($) =>
      choice(
        $._expression,
        $.send_statement,
        $.increment_statement,
        $.decrement_statement,
        alias($.arm_assignment, $.assignment_statement),
        alias($.arm_definition, $.short_var_declaration),
        $._word_statement,
      ),
    arm_assignment: ($) =>
      seq(
        field('left', alias($.single_expression, $.expression_list)),
        field('operator', choice(...ASSIGN)),
        field('right', alias($.single_expression, $.expression_list)),
      ),
    arm_definition: ($) =>
      seq(
        field('left', alias($.single_name, $.name_list)),
        ':=',
        field('right', alias($.single_expression, $.expression_list)),
      ),
    single_name: ($) => $.identifier,
    single_expression: ($) => $._expression,

    _pattern: ($) =>
      choice(
        $.wildcard_pattern,
        alias($.identifier, $.name_pattern),
        $.case_pattern,
        $.struct_pattern,
        $.range_pattern,
        $.or_pattern,
        $.parenthesized_pattern,
        $._value_pattern,
      ),
    wildcard_pattern: (_) => '_',
    _pattern_path: ($) => choice($.identifier, $.qualified_pattern),
    qualified_pattern: ($) =>
      seq(field('type', $._pattern_path), '.', field('name', $.identifier)),
    case_pattern: ($) =>
      choice(
        seq(field('case', $._pattern_path), '(', optional(list1($._pattern)), ')'),
        field('case', $.qualified_pattern),
      ),
    struct_pattern: ($) =>
      seq(field('type', $._pattern_path), '{', optional(list1($.field_pattern)), '}'),
    field_pattern: ($) =>
      seq(field('name', $._field_identifier), optional(seq(':', field('pattern', $._pattern)))),
    range_pattern: ($) =>
      seq(
        field('low', choice($._value_pattern, $._pattern_path)),
        '..',
        field('high', choice($._value_pattern, $._pattern_path)),
      ),
    or_pattern: ($) => prec.left(seq($._pattern, '|', $._pattern)),
    parenthesized_pattern: ($) => seq('(', $._pattern, ')'),
    _value_pattern: ($) => choice($._literal, alias($.signed_literal, $.unary_expression)),
    signed_literal: ($) =>
      seq(field('operator', choice('-', '+', '^', '!')), field('operand', choice($._literal, $.identifier))),

    // Words and literals.

    identifier: (_) => /[_\p{L}][_\p{L}\p{Nd}]*/u,
    _type_identifier: ($) => alias($.identifier, $.type_identifier),
    _field_identifier: ($) => alias($.identifier, $.field_identifier),
    _package_identifier: ($) => alias($.identifier, $.package_identifier),
    _label_name: ($) => alias($.identifier, $.label_name),

    _literal: ($) =>
      choice(
        $.int_literal,
        $.float_literal,
        $.imaginary_literal,
        $.duration_literal,
        $.rune_literal,
        $._string_literal,
      ),

    int_literal: (_) =>
      token(
        choice(
          decimal,
          seq('0', choice('x', 'X'), optional('_'), hex),
          seq('0', choice('o', 'O'), optional('_'), /[0-7](_?[0-7])*/),
          seq('0', choice('b', 'B'), optional('_'), /[01](_?[01])*/),
        ),
      ),
    // `1.` is for the scanner: `1..9` is an interval.
    float_literal: ($) =>
      choice(
        token(
          choice(
            seq(decimal, exponent),
            seq(decimal, '.', decimal, optional(exponent)),
            seq('.', decimal, optional(exponent)),
            seq(
              '0',
              choice('x', 'X'),
              optional('_'),
              choice(seq(hex, optional(seq('.', optional(hex)))), seq('.', hex)),
              /[pP][+-]?[0-9](_?[0-9])*/,
            ),
          ),
        ),
        $._trailing_point,
      ),
    imaginary_literal: (_) =>
      token(
        choice(
          seq(decimal, optional(seq('.', optional(decimal))), optional(exponent), 'i'),
          seq('.', decimal, optional(exponent), 'i'),
          seq('0', choice('x', 'X', 'o', 'O', 'b', 'B'), optional('_'), hex, 'i'),
        ),
      ),
    duration_literal: (_) =>
      token(
        seq(
          choice(seq(decimal, optional(seq('.', optional(decimal)))), seq('.', decimal)),
          choice('ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'),
          repeat(
            seq(decimal, optional(seq('.', decimal)), choice('ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h')),
          ),
        ),
      ),
    rune_literal: (_) =>
      token(
        seq(
          "'",
          choice(
            /[^'\\\n]/,
            seq(
              '\\',
              choice(
                /x[0-9a-fA-F]{2}/,
                /[0-7]{3}/,
                /u[0-9a-fA-F]{4}/,
                /U[0-9a-fA-F]{8}/,
                /[abfnrtv\\'"]/,
              ),
            ),
          ),
          "'",
        ),
      ),

    _string_literal: ($) => choice($.raw_string_literal, $.interpreted_string_literal),
    raw_string_literal: ($) =>
      seq('`', optional(alias(token.immediate(prec(1, /[^`]+/)), $.raw_string_content)), token.immediate('`')),
    interpreted_string_literal: ($) =>
      seq(
        '"',
        repeat(
          choice(
            alias(token.immediate(prec(1, /[^"\n\\]+/)), $.interpreted_string_content),
            $.escape_sequence,
          ),
        ),
        token.immediate('"'),
      ),
    escape_sequence: (_) =>
      token.immediate(
        seq(
          '\\',
          choice(/[^xuU0-7\n]/, /[0-7]{3}/, /x[0-9a-fA-F]{2}/, /u[0-9a-fA-F]{4}/, /U[0-9a-fA-F]{8}/),
        ),
      ),

    comment: (_) => token(choice(seq('//', /[^\n]*/), seq('/*', /[^*]*\*+([^/*][^*]*\*+)*/, '/'))),
  },
});

/** Items that end with a line break or a semicolon, which the last may lack. */
function items($, rule) {
  return seq(repeat(seq(rule, $._terminator)), optional(rule));
}

function group($, rule) {
  return seq('(', items($, rule), ')');
}

function braces($, rule) {
  return seq('{', items($, rule), '}');
}
