//! Which number does a text stand for? Go's `strconv` parsers.

/// Why a text is no number; what it was parsed to nevertheless (the nearest representable value, for `Range`).
#[derive(Debug, PartialEq)]
pub enum Wrong<T> {
    Syntax,
    Range(T),
}

/// `strconv.ParseUint`; `base` 0 goes by the prefix.
pub fn parse_uint(text: &[u8], base: u32, bits: u32) -> Result<u64, Wrong<u64>> {
    let (digits, base, underscores) = match base {
        0 => match text {
            [b'0', b'x' | b'X', rest @ ..] => (rest, 16, true),
            [b'0', b'b' | b'B', rest @ ..] => (rest, 2, true),
            [b'0', b'o' | b'O', rest @ ..] => (rest, 8, true),
            [b'0', rest @ ..] if !rest.is_empty() => (rest, 8, true),
            _ => (text, 10, true),
        },
        _ => (text, base, false),
    };
    if digits.is_empty() {
        return Err(Wrong::Syntax);
    }
    let most = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
    let mut value = 0_u64;
    for &byte in digits {
        if byte == b'_' && underscores {
            continue;
        }
        let digit = (byte as char).to_digit(36).filter(|&digit| digit < base).ok_or(Wrong::Syntax)?;
        // What is too large is that first of all, whatever follows.
        value = value
            .checked_mul(base.into())
            .and_then(|value| value.checked_add(digit.into()))
            .filter(|&value| value <= most)
            .ok_or(Wrong::Range(most))?;
    }
    if underscores && !underscores_ok(text) { Err(Wrong::Syntax) } else { Ok(value) }
}

/// `strconv.ParseInt`.
pub fn parse_int(text: &[u8], base: u32, bits: u32) -> Result<i64, Wrong<i64>> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let most = 1_u64 << (bits - 1);
    let magnitude = match parse_uint(digits, base, bits) {
        Ok(magnitude) | Err(Wrong::Range(magnitude)) => magnitude,
        Err(Wrong::Syntax) => return Err(Wrong::Syntax),
    };
    match negative {
        false if magnitude >= most => Err(Wrong::Range((most - 1) as i64)),
        true if magnitude > most => Err(Wrong::Range((most as i64).wrapping_neg())),
        false => Ok(magnitude as i64),
        true => Ok((magnitude as i64).wrapping_neg()),
    }
}

/// Underscores only between digits, or between the prefix and the first digit.
fn underscores_ok(text: &[u8]) -> bool {
    let text = match text {
        [b'-' | b'+', rest @ ..] => rest,
        _ => text,
    };
    let (mut before, rest, hex) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (b'0', rest, true),
        [b'0', b'b' | b'B' | b'o' | b'O', rest @ ..] => (b'0', rest, false),
        _ => (b'^', text, false),
    };
    for &byte in rest {
        let now = if byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit()) {
            b'0'
        } else if byte == b'_' {
            if before != b'0' {
                return false;
            }
            b'_'
        } else {
            if before == b'_' {
                return false;
            }
            b'!'
        };
        before = now;
    }
    before != b'_'
}

/// `strconv.ParseFloat`.
pub fn parse_float(text: &[u8], bits: u32) -> Result<f64, Wrong<f64>> {
    let whole = std::str::from_utf8(text).map_err(|_| Wrong::Syntax)?;
    if let Some(special) = special(whole) {
        return Ok(special);
    }
    let bare;
    let whole = if whole.contains('_') {
        if !underscores_ok(text) {
            return Err(Wrong::Syntax);
        }
        bare = whole.replace('_', "");
        &bare
    } else {
        whole
    };
    let (negative, rest) = match whole.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, whole.strip_prefix('+').unwrap_or(whole)),
    };
    let value = if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        hexadecimal(hex, bits)?
    } else {
        // What Rust takes besides: words, and nothing else once these are gone.
        if !rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            return Err(Wrong::Syntax);
        }
        if rest.starts_with(['+', '-']) {
            return Err(Wrong::Syntax);
        }
        if bits == 32 {
            f64::from(rest.parse::<f32>().map_err(|_| Wrong::Syntax)?)
        } else {
            rest.parse::<f64>().map_err(|_| Wrong::Syntax)?
        }
    };
    let value = if negative { -value } else { value };
    if value.is_infinite() { Err(Wrong::Range(value)) } else { Ok(value) }
}

fn special(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    Some(match lower.as_str() {
        "inf" | "+inf" | "infinity" | "+infinity" => f64::INFINITY,
        "-inf" | "-infinity" => f64::NEG_INFINITY,
        "nan" => f64::NAN,
        _ => return None,
    })
}

/// `1.8p3`: the exponent is required.
fn hexadecimal(text: &str, bits: u32) -> Result<f64, Wrong<f64>> {
    let (mantissa, exponent) = text.split_once(['p', 'P']).ok_or(Wrong::Syntax)?;
    let mut exponent: i64 = exponent.parse().map_err(|_| Wrong::Syntax)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(Wrong::Syntax);
    }
    let mut bits_seen = 0_u64;
    let mut lost = false;
    for (i, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = digit.to_digit(16).ok_or(Wrong::Syntax)?;
        if i >= whole.len() {
            exponent = exponent.saturating_sub(4);
        }
        if bits_seen >> 60 != 0 {
            lost |= digit != 0;
            exponent = exponent.saturating_add(4);
        } else {
            bits_seen = bits_seen << 4 | u64::from(digit);
        }
    }
    // A set last bit stands for all that was lost: rounding sees that there was something.
    Ok(scale(bits_seen | u64::from(lost), exponent, bits))
}

/// `mantissa * 2^exponent`, rounded once, to even.
fn scale(mantissa: u64, exponent: i64, bits: u32) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let (width, least) = if bits == 32 { (24, -149) } else { (53, -1074) };
    let length = 64 - i64::from(mantissa.leading_zeros());
    let drop = (length - width).max(least - exponent).max(0);
    if drop > 64 {
        return 0.0;
    }
    let wide = u128::from(mantissa);
    let kept = wide >> drop;
    let rest = wide & ((1 << drop) - 1);
    let half = if drop == 0 { 1 } else { 1_u128 << (drop - 1) };
    let up = rest > half || (rest == half && drop > 0 && kept & 1 == 1);
    let value = (kept + u128::from(up && drop > 0)) as f64 * 2_f64.powi(0);
    let power = (exponent + drop).clamp(-2000, 2000) as i32;
    // In two steps, since 2^-1074 times something cannot be reached by one factor.
    let scaled = value * 2_f64.powi(power / 2) * 2_f64.powi(power - power / 2);
    if bits == 32 && scaled > f64::from(f32::MAX) { f64::INFINITY } else { scaled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert_eq!(parse_int(b"-128", 10, 8), Ok(-128));
        assert_eq!(parse_int(b"128", 10, 8), Err(Wrong::Range(127)));
        assert_eq!(parse_int(b"-9223372036854775808", 10, 64), Ok(i64::MIN));
        assert_eq!(parse_int(b"-9223372036854775809", 10, 64), Err(Wrong::Range(i64::MIN)));
        assert_eq!(parse_int(b"0x_1F", 0, 64), Ok(31));
        assert_eq!(parse_int(b"1__0", 0, 64), Err(Wrong::Syntax));
        assert_eq!(parse_int(b"1_0", 10, 64), Err(Wrong::Syntax));
        assert_eq!(parse_uint(b"zz", 36, 64), Ok(1295));
        assert_eq!(parse_uint(b"256_", 0, 8), Err(Wrong::Range(255)));
        assert_eq!(parse_uint(b"25_", 0, 8), Err(Wrong::Syntax));
        assert_eq!(parse_uint(b"", 10, 64), Err(Wrong::Syntax));
    }

    #[test]
    fn floats() {
        assert_eq!(parse_float(b"1.5e3", 64), Ok(1500.0));
        assert_eq!(parse_float(b"1e400", 64), Err(Wrong::Range(f64::INFINITY)));
        assert_eq!(parse_float(b"0x1.8p1", 64), Ok(3.0));
        assert_eq!(parse_float(b".5", 64), Ok(0.5));
        assert_eq!(parse_float(b"1_0.2_5", 64), Ok(10.25));
        assert_eq!(parse_float(b"1_.5", 64), Err(Wrong::Syntax));
        assert_eq!(parse_float(b"1e", 64), Err(Wrong::Syntax));
        assert_eq!(parse_float(b"1x", 64), Err(Wrong::Syntax));
        assert_eq!(parse_float(b"-inf", 64), Ok(f64::NEG_INFINITY));
    }
}
