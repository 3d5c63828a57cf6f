/** The code units of markup. */
export const Tab = 9
export const Lf = 10
export const Cr = 13
export const Bang = 33
export const DoubleQuote = 34
export const Ampersand = 38
export const SingleQuote = 39
export const Slash = 47
export const Less = 60
export const Equals = 61
export const Greater = 62
export const Question = 63
export const CloseBracket = 93
export const Hash = 35
export const Semicolon = 59
export const LowerX = 120
