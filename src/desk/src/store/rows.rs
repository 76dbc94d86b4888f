//! Between rows and our types. What a row holds is parsed as strictly as what a stranger sends.

use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};

/// A text column as one of our types.
///
/// # Errors
/// The parser's refusal, naming the column.
pub(super) fn parse<T>(row: &Row<'_>, column: usize) -> Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// An integer column as a number that is not negative.
///
/// # Errors
/// If it is negative or too large.
pub(super) fn parse_number<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> Result<T> {
    let number: i64 = row.get(column)?;
    T::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}

/// A number as SQLite stores it.
///
/// # Errors
/// If it is larger than 2⁶³ − 1.
pub(super) fn to_integer<T>(number: T) -> Result<i64>
where
    i64: TryFrom<T>,
{
    i64::try_from(number)
        .map_err(|_| Error::ToSqlConversionFailure("the number is larger than the store can hold".into()))
}
