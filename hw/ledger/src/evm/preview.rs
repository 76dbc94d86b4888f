//! The screens that the Ethereum app will show, worked out beforehand from the bytes.
//!
//! As recorded of Ethereum 1.22.0 on a Nano S Plus. Other devices break lines and pages elsewhere and say the same.

use alloy_primitives::keccak256;
use strongroom_protocol::{Amount, AssetId};
use strongroom_signing::{Described, Preview, PreviewItem, Screen, Sight};

use super::descriptor::TokenDescriptor;
use super::envelope::{Envelope, Purpose, TokenCall};
use super::screen_names;

/// Decimal places of the coin of every EVM chain.
const COIN_DECIMALS: u8 = 18;

/// The screens for an item, and whether they show it.
pub(crate) fn preview(item: &PreviewItem<'_>) -> Preview {
    match Envelope::parse(&item.unsigned.0) {
        Ok(envelope) => Review::of(&envelope, item).preview(),
        Err(error) => {
            Preview { screens: Vec::new(), sight: Sight::Blind(format!("a Ledger will refuse it: {error}")) }
        }
    }
}

struct Review<'a> {
    envelope: &'a Envelope,
    from: String,
    hash: String,
    descriptor: Result<TokenDescriptor, String>,
}

impl<'a> Review<'a> {
    fn of(envelope: &'a Envelope, item: &PreviewItem<'_>) -> Self {
        Self {
            envelope,
            from: item.account.address.to_string(),
            hash: keccak256(&item.unsigned.0).to_string(),
            descriptor: describing(envelope, item.described.as_ref()),
        }
    }

    fn preview(&self) -> Preview {
        match (self.envelope.purpose(), &self.descriptor) {
            (Purpose::Coin, _) => self.coin(),
            (Purpose::Token(TokenCall::Transfer { to, amount }), Ok(token))
                if self.envelope.value.is_zero() =>
            {
                let amount = Amount::from_base_units(amount).to_decimal(token.decimals);
                self.token(to.to_string(), format!("{amount} {}", token.ticker), None)
            }
            (Purpose::Token(TokenCall::Transfer { to, .. }), Err(why)) if self.envelope.value.is_zero() => {
                let unknown = "(not to be believed: the app does not know this token)".to_owned();
                self.token(to.to_string(), unknown, Some(why.clone()))
            }
            (Purpose::Token(TokenCall::Transfer { .. }), _) => {
                self.call("it pays a token and the chain's coin at once".to_owned())
            }
            (Purpose::Token(TokenCall::Approve), Ok(_)) => {
                self.call("how the Ethereum app shows an allowance is not known here".to_owned())
            }
            (Purpose::Token(TokenCall::Approve), Err(why)) => self.call(why.clone()),
            (Purpose::Call, _) => self.call("the Ethereum app shows a hash in place of a call".to_owned()),
        }
    }

    fn coin(&self) -> Preview {
        let mut screens = vec![heading("Review transaction"), screen("From", &self.from)];
        screens.push(screen("Amount", &self.coins(self.envelope.value)));
        screens.push(screen("To", &self.envelope.to.to_string()));
        screens.extend(self.terms());
        screens.push(heading("Sign transaction"));
        Preview { screens, sight: Sight::Clear }
    }

    /// A transfer of a token: in clear with its description, blind for a reason.
    fn token(&self, to: String, amount: String, blind: Option<String>) -> Preview {
        let mut screens = Vec::new();
        screens.extend(blind.as_ref().map(|_| warning()));
        screens.push(heading("Review transaction to send ERC20 token"));
        screens.push(screen("From", &self.from));
        screens.push(Screen { title: "Send".to_owned(), text: amount });
        screens.push(Screen { title: "To".to_owned(), text: to });
        screens.extend(self.terms());
        screens.push(heading(if blind.is_some() { ACCEPT } else { "Sign transaction" }));
        Preview { screens, sight: blind.map_or(Sight::Clear, Sight::Blind) }
    }

    /// A call that the app does not show.
    fn call(&self, why: String) -> Preview {
        let mut screens = vec![warning(), heading("Review transaction"), screen("From", &self.from)];
        if !self.envelope.value.is_zero() {
            screens.push(screen("Amount", &self.coins(self.envelope.value)));
        }
        screens.push(screen("To", &self.envelope.to.to_string()));
        screens.extend(self.terms());
        screens.push(screen("Tx hash", &self.hash));
        screens.push(heading(ACCEPT));
        Preview { screens, sight: Sight::Blind(why) }
    }

    /// What it costs at most, and where.
    fn terms(&self) -> Vec<Screen> {
        let fees = self.envelope.fee_cap().map_or_else(|| "???".to_owned(), |fee| self.coins(fee));
        let network = screen_names::network(self.envelope.chain_id);
        let mut screens = vec![Screen { title: "Max fees".to_owned(), text: fees }];
        screens.extend(network.map(|name| screen("Network", &name)));
        screens
    }

    fn coins(&self, amount: alloy_primitives::U256) -> String {
        let amount = Amount::from_base_units(amount).to_decimal(COIN_DECIMALS);
        format!("{amount} {}", screen_names::coin(self.envelope.chain_id))
    }
}

/// The description of the token that is called, or why there is none.
fn describing(envelope: &Envelope, described: Option<&Described<'_>>) -> Result<TokenDescriptor, String> {
    let token = envelope.token();
    let unknown = || {
        format!(
            "the Ethereum app does not know {token}, and may show the name and amount of another token for it"
        )
    };
    let described = described.ok_or_else(unknown)?;
    let descriptor = TokenDescriptor::parse(described.descriptor).map_err(|error| error.to_string())?;
    let asset: AssetId = token.parse().map_err(|_| unknown())?;
    descriptor.describes(&asset).map_err(|error| error.to_string())?;
    descriptor.says(described.symbol, described.decimals).map_err(|error| error.to_string())?;
    Ok(descriptor)
}

/// The last screen of what is signed blindly.
const ACCEPT: &str = "Accept risk and sign transaction";

fn warning() -> Screen {
    screen("Blind signing ahead", "To accept risk, press both buttons")
}

fn heading(title: &str) -> Screen {
    screen(title, "")
}

fn screen(title: &str, text: &str) -> Screen {
    Screen { title: title.to_owned(), text: text.to_owned() }
}
