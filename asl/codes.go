package asl

// The codes of diagnostics, as AWS spells them where it has them.
const (
	codeJSON              = "INVALID_JSON_DESCRIPTION"
	codeSchema            = "SCHEMA_VALIDATION_FAILED"
	codeMissingTarget     = "MISSING_TRANSITION_TARGET"
	codeMissingEnd        = "MISSING_END_STATE"
	codeDuplicateState    = "DUPLICATE_STATE_NAME"
	codeReservedVariable  = "RESERVED_VARIABLE_NAME"
	codeInvalidVariable   = "INVALID_VARIABLE_NAME"
	codeDuplicateVariable = "DUPLICATE_VARIABLE_NAME"
	codeUndefinedVariable = "POSSIBLY_UNDEFINED_VARIABLE"
	codeNoDollar          = "NO_DOLLAR"
	codeNoPath            = "NO_PATH"
	codeWrongArity        = "WRONG_NUMBER_OF_ARGUMENTS"
	codePassResultStatic  = "PASS_RESULT_IS_STATIC"
)
