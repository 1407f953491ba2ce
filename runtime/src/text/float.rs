//! Floats as text, as Go's `strconv` writes them.

/// Digits of a number, the point before the first of them after `point` digits: `0.d1d2… × 10^point`.
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

/// No float64 has more digits than this, in front of the point, behind it or in all: what is asked for beyond is zeros.
const MOST_DIGITS: usize = 1100;

/// `strconv.FormatFloat`; `precision` below 0 asks for as many digits as it takes to read the number back, `bits` is 32 or 64.
pub fn format(value: f64, verb: u8, precision: i64, bits: u32) -> Vec<u8> {
    let value = if bits == 32 { f64::from(value as f32) } else { value };
    if value.is_nan() {
        return b"NaN".to_vec();
    }
    if value.is_infinite() {
        return if value > 0.0 { b"+Inf".to_vec() } else { b"-Inf".to_vec() };
    }
    match verb {
        b'b' => return binary(value, bits),
        b'x' | b'X' => return hexadecimal(value, verb, precision, bits),
        b'e' | b'E' | b'f' | b'g' | b'G' => {}
        _ => return vec![b'%', verb],
    }
    let mut out = Vec::with_capacity(24);
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let value = value.abs();
    let shortest = precision < 0;
    match verb {
        b'e' | b'E' => {
            let digits = digits(value, if shortest { None } else { Some(precision as usize + 1) }, bits);
            let precision = if shortest { digits.digits.len() as i64 - 1 } else { precision };
            scientific(&mut out, &digits, precision.max(0), verb);
        }
        b'f' if !shortest => {
            let precision = precision as usize;
            let written = precision.min(MOST_DIGITS);
            out.extend_from_slice(format!("{value:.written$}").as_bytes());
            out.resize(out.len() + precision - written, b'0');
        }
        b'f' => {
            let digits = digits(value, None, bits);
            let precision = (digits.digits.len() as i64 - digits.point).max(0);
            positional(&mut out, &digits, precision);
        }
        _ => general(&mut out, value, verb, precision, bits),
    }
    out
}

/// `%g`: scientific only for large and small exponents.
fn general(out: &mut Vec<u8>, value: f64, verb: u8, precision: i64, bits: u32) {
    let shortest = precision < 0;
    let mut precision = if precision == 0 { 1 } else { precision };
    let digits = digits(value, if shortest { None } else { Some(precision as usize) }, bits);
    let count = digits.digits.len() as i64;
    if shortest {
        precision = count;
    }
    let mut limit = precision;
    if limit > count && count >= digits.point {
        limit = count;
    }
    // The shortest form decides as for six digits.
    if shortest {
        limit = 6;
    }
    let exponent = digits.point - 1;
    if exponent < -4 || exponent >= limit {
        let verb = if verb == b'g' { b'e' } else { b'E' };
        scientific(out, &digits, (precision.min(count) - 1).max(0), verb);
    } else {
        positional(out, &digits, (count - digits.point).max(0));
    }
}

/// The digits of a number that is not negative, without zeros at the end.
fn digits(value: f64, count: Option<usize>, bits: u32) -> Digits {
    if value == 0.0 {
        return Digits { digits: Vec::new(), point: 0 };
    }
    let mut shortest = zmij::Buffer::new();
    let exact;
    let text = match count {
        Some(count) => {
            exact = format!("{value:.*e}", count.min(MOST_DIGITS) - 1);
            &exact
        }
        // Of two that are as short and as near it takes the even one, as Go does; the standard library takes the larger.
        None if bits == 32 => shortest.format_finite(value as f32),
        None => shortest.format_finite(value),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().expect("a decimal exponent");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.drain(..zeros);
    Digits { digits, point: exponent + whole.len() as i64 - zeros as i64 }
}

/// `d.ddde±dd`, with `precision` digits behind the point.
fn scientific(out: &mut Vec<u8>, digits: &Digits, precision: i64, verb: u8) {
    let digit = |i: usize| digits.digits.get(i).copied().unwrap_or(b'0');
    out.push(digit(0));
    if precision > 0 {
        out.push(b'.');
        out.extend((1..=precision as usize).map(digit));
    }
    let exponent = if digits.digits.is_empty() { 0 } else { digits.point - 1 };
    out.push(verb);
    out.push(if exponent < 0 { b'-' } else { b'+' });
    out.extend_from_slice(format!("{:02}", exponent.abs()).as_bytes());
}

/// `ddd.ddd`, with `precision` digits behind the point.
fn positional(out: &mut Vec<u8>, digits: &Digits, precision: i64) {
    let digit = |i: i64| usize::try_from(i).ok().and_then(|i| digits.digits.get(i)).copied().unwrap_or(b'0');
    if digits.point > 0 {
        out.extend((0..digits.point).map(digit));
    } else {
        out.push(b'0');
    }
    if precision > 0 {
        out.push(b'.');
        out.extend((0..precision).map(|i| digit(digits.point + i)));
    }
}

/// Mantissa and power of two: the value is `mantissa * 2^exponent`; and the bits of a mantissa.
fn parts(value: f64, bits: u32) -> (u64, i64, u32) {
    if bits == 32 {
        let raw = (value as f32).to_bits();
        let (mantissa, exponent) = (u64::from(raw & 0x7F_FFFF), i64::from(raw >> 23 & 0xFF));
        return if exponent == 0 { (mantissa, -149, 23) } else { (mantissa | 1 << 23, exponent - 150, 23) };
    }
    let raw = value.to_bits();
    let (mantissa, exponent) = (raw & ((1 << 52) - 1), (raw >> 52 & 0x7FF) as i64);
    if exponent == 0 { (mantissa, -1074, 52) } else { (mantissa | 1 << 52, exponent - 1075, 52) }
}

fn binary(value: f64, bits: u32) -> Vec<u8> {
    let (mantissa, exponent, _) = parts(value, bits);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{mantissa}p{exponent:+}").into_bytes()
}

/// `0x1.8p+01`.
fn hexadecimal(value: f64, verb: u8, precision: i64, bits: u32) -> Vec<u8> {
    let (mut mantissa, exponent, width) = parts(value, bits);
    let mut exponent = if mantissa == 0 { 0 } else { exponent + i64::from(width) };
    // The leading 1 goes to bit 60.
    mantissa <<= 60 - width;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if (0..15).contains(&precision) {
        let shift = precision as u32 * 4;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let mut out = format!("{sign}0x{}", mantissa >> 60 & 1);
    mantissa <<= 4;
    let mut count = 0;
    while if precision < 0 { mantissa != 0 } else { count < precision } {
        if count == 0 {
            out.push('.');
        }
        out.push(char::from_digit((mantissa >> 60 & 15) as u32, 16).unwrap_or('0'));
        mantissa <<= 4;
        count += 1;
    }
    out.push('p');
    out.push(if exponent < 0 { '-' } else { '+' });
    out.push_str(&format!("{:02}", exponent.abs()));
    if verb == b'X' {
        out.make_ascii_uppercase();
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::format;

    fn text(value: f64, verb: u8, precision: i64) -> String {
        String::from_utf8(format(value, verb, precision, 64)).unwrap()
    }

    #[test]
    fn as_go_writes_them() {
        assert_eq!(text(100000.0, b'g', -1), "100000");
        assert_eq!(text(1e6, b'g', -1), "1e+06");
        assert_eq!(text(1e21, b'g', -1), "1e+21");
        assert_eq!(text(0.00001, b'g', -1), "1e-05");
        assert_eq!(text(123456789.0, b'g', -1), "1.23456789e+08");
        assert_eq!(text(100.0, b'g', 3), "100");
        assert_eq!(text(1234.0, b'g', 3), "1.23e+03");
        assert_eq!(text(0.0, b'e', -1), "0e+00");
        assert_eq!(text(0.0, b'e', 2), "0.00e+00");
        assert_eq!(text(2.5, b'f', 0), "2");
        assert_eq!(text(-0.1, b'f', -1), "-0.1");
        assert_eq!(text(1.5, b'x', -1), "0x1.8p+00");
        assert_eq!(text(1.0, b'b', -1), "4503599627370496p-52");
        assert_eq!(format(f64::from(0.1_f32), b'g', -1, 32), b"0.1");
    }
}
