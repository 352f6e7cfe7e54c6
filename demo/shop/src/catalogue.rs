//! What the shop sells: fifty styles, each in twenty colours, numbered 1 to 1000.

mod styles;

use std::fmt;

use minijinja::{Value, context};

use crate::money::Cents;
use styles::STYLES;

/// The colours of the dye house, in the order of its card; each is a class of the stylesheet.
const COLOURS: [&str; 20] = [
    "oat",
    "navy",
    "rust",
    "sage",
    "charcoal",
    "mustard",
    "wine",
    "sky",
    "camel",
    "forest",
    "blush",
    "ink",
    "terracotta",
    "denim",
    "chalk",
    "moss",
    "plum",
    "petrol",
    "sand",
    "rose",
];

/// The departments, in the order in which the shop shows them.
pub(crate) const KINDS: [&str; 9] = [
    "scarves", "hats", "knitwear", "shirts", "coats", "trousers", "bags", "socks", "travel",
];

/// How many products there are; they are numbered from 1.
pub(crate) const PRODUCTS: u32 = (STYLES.len() * COLOURS.len()) as u32;

/// A garment before it is dyed.
struct Style {
    name: &'static str,
    kind: &'static str,
    /// The macro of `pictures.html` that draws it.
    shape: &'static str,
    /// The weave or knit that is drawn over the colour.
    pattern: &'static str,
    price: Cents,
    /// The colour it is best known in; the name does not mention it.
    colour: &'static str,
    blurb: &'static str,
}

/// A garment in one colour.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    pub(crate) id: u32,
    style: &'static Style,
    colour: &'static str,
}

impl Product {
    /// Returns the product with this number.
    ///
    /// Numbers go through all styles before they come to the next colour.
    pub(crate) fn find(id: u32) -> Option<Self> {
        let index = usize::try_from(id.checked_sub(1)?).ok()?;
        let style = &STYLES[index % STYLES.len()];
        let row = index / STYLES.len();
        (row < COLOURS.len()).then(|| Self {
            id,
            style,
            colour: COLOURS[(house_colour(style) + row) % COLOURS.len()],
        })
    }

    /// Returns every style of a department, or of all, in the colour it is best known in.
    pub(crate) fn best_known(kind: Option<&str>) -> impl Iterator<Item = Self> {
        (1..=PRODUCTS)
            .map_while(Self::find)
            .take(STYLES.len())
            .filter(move |product| kind.is_none_or(|kind| kind == product.style.kind))
    }

    /// Returns the same garment in all its colours.
    pub(crate) fn all_colours(self) -> impl Iterator<Item = Self> {
        let step = u32::try_from(STYLES.len()).unwrap_or(PRODUCTS);
        (0..)
            .map(move |row| (self.id - 1) % step + 1 + row * step)
            .map_while(Self::find)
    }

    pub(crate) fn price(self) -> Cents {
        self.style.price
    }

    fn is_in_house_colour(self) -> bool {
        self.colour == self.style.colour
    }
}

/// The name on the label: `Wool scarf`, and in its other colours `Wool scarf in moss`.
impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.style.name)?;
        if !self.is_in_house_colour() {
            write!(f, " in {}", self.colour)?;
        }
        Ok(())
    }
}

impl From<Product> for Value {
    fn from(product: Product) -> Self {
        context! {
            id => product.id,
            name => product.to_string(),
            kind => product.style.kind,
            shape => product.style.shape,
            pattern => product.style.pattern,
            colour => product.colour,
            price => product.style.price,
            blurb => product.style.blurb,
        }
    }
}

fn house_colour(style: &Style) -> usize {
    COLOURS
        .iter()
        .position(|colour| *colour == style.colour)
        .expect("a style's colour is on the dye house's card")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_numbers_1_to_1000_are_products_and_no_others() {
        assert_eq!(PRODUCTS, 1000);
        assert!((1..=1000).all(|id| Product::find(id).is_some_and(|product| product.id == id)));
        assert!(
            [0, 1001, u32::MAX]
                .into_iter()
                .all(|id| Product::find(id).is_none())
        );
    }

    #[test]
    fn the_first_product_is_the_wool_scarf() {
        assert_eq!(Product::find(1).unwrap().to_string(), "Wool scarf");
    }

    #[test]
    fn no_two_products_have_the_same_name() {
        let names: HashSet<String> = (1..=PRODUCTS)
            .filter_map(Product::find)
            .map(|product| product.to_string())
            .collect();
        assert_eq!(names.len(), 1000);
    }

    #[test]
    fn a_garment_comes_in_twenty_colours_and_knows_them_from_any_of_them() {
        let colours = |id: u32| -> Vec<u32> {
            let product = Product::find(id).unwrap();
            product.all_colours().map(|product| product.id).collect()
        };
        assert_eq!(colours(7).len(), 20);
        assert_eq!(colours(7), colours(957));
    }

    #[test]
    fn every_style_stands_in_one_of_the_departments() {
        let in_departments: usize = KINDS
            .iter()
            .map(|kind| Product::best_known(Some(kind)).count())
            .sum();
        assert_eq!(in_departments, STYLES.len());
        assert!(
            KINDS
                .iter()
                .all(|kind| Product::best_known(Some(kind)).count() >= 4)
        );
    }

    #[test]
    fn every_colour_and_pattern_and_shape_can_be_drawn() {
        let stylesheet = include_str!("../static/style.css");
        let pictures = include_str!("../templates/pictures.html");
        for colour in COLOURS {
            assert!(stylesheet.contains(&format!(".dye-{colour} ")), "{colour}");
        }
        for style in &STYLES {
            assert!(
                pictures.contains(&format!("macro {}(", style.shape)),
                "{}",
                style.shape
            );
            let pattern = format!("id=\"{}\"", style.pattern);
            assert!(
                style.pattern == "plain" || pictures.contains(&pattern),
                "{pattern}"
            );
        }
    }
}
