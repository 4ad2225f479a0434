//! Translates rustls's errors to [`SslError`].

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use crate::ssl::SslError;

/// The [`SslError`] for an error that ended a connection.
pub(super) fn reason(error: Error) -> SslError {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::NoCertificatesPresented => SslError::CertificateRequired,
        Error::NoApplicationProtocol => SslError::NoCommonProtocol,
        Error::AlertReceived(alert) => refusal(alert),
        Error::PeerIncompatible(why) => match why {
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled => SslError::NoCommonVersion,
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon
            | PeerIncompatible::NoEcPointFormatsInCommon
            | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => SslError::NoCommonCipher,
            other => SslError::Protocol(Error::PeerIncompatible(other).to_string()),
        },
        other => SslError::Protocol(other.to_string()),
    }
}

fn certificate(error: CertificateError) -> SslError {
    match error {
        CertificateError::UnknownIssuer => SslError::UnknownIssuer,
        CertificateError::Expired => SslError::Expired { since: None },
        CertificateError::ExpiredContext { time, not_after } => {
            let seconds = time.as_secs().saturating_sub(not_after.as_secs());
            SslError::Expired { since: Some(std::time::Duration::from_secs(seconds)) }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => SslError::NotYetValid,
        CertificateError::Revoked => SslError::Revoked,
        CertificateError::NotValidForNameContext { expected, presented } => SslError::WrongName {
            expected: expected.to_str().into_owned(),
            presented: presented.iter().map(|name| plain(name)).collect(),
        },
        CertificateError::NotValidForName => {
            SslError::WrongName { expected: "the name that was asked for".to_owned(), presented: Vec::new() }
        }
        other => SslError::BadCertificate(other.to_string()),
    }
}

/// Turns `DnsName("a.test")` into `a.test`.
fn plain(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

fn refusal(alert: AlertDescription) -> SslError {
    match alert {
        AlertDescription::ProtocolVersion => SslError::NoCommonVersion,
        AlertDescription::InsufficientSecurity => SslError::NoCommonCipher,
        AlertDescription::NoApplicationProtocol => SslError::NoCommonProtocol,
        AlertDescription::CertificateRequired => SslError::CertificateRequired,
        other => SslError::RefusedByPeer(words(&format!("{other:?}"))),
    }
}

/// Turns `UnknownCA` into `unknown CA`.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.push(if before == ' ' || before.is_lowercase() { letter.to_ascii_lowercase() } else { letter });
        before = letter;
    }
    words.replace("cA", "CA").replace("pSK", "PSK")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_alerts_become_words() {
        assert_eq!(words("HandshakeFailure"), "handshake failure");
        assert_eq!(words("UnknownCA"), "unknown CA");
        assert_eq!(words("BadCertificate"), "bad certificate");
    }

    #[test]
    fn what_is_told_by_an_alert_and_what_is_seen_here_is_of_one_kind() {
        let told = reason(Error::AlertReceived(AlertDescription::NoApplicationProtocol));
        assert_eq!(
            (told, reason(Error::NoApplicationProtocol)),
            (SslError::NoCommonProtocol, SslError::NoCommonProtocol)
        );
        let told = reason(Error::AlertReceived(AlertDescription::ProtocolVersion));
        assert_eq!(told, reason(PeerIncompatible::Tls12NotOfferedOrEnabled.into()));
    }
}
