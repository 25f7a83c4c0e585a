"""The spoken wording, the questionnaire, and the checks on both."""
